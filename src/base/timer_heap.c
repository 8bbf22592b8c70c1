#include "timer_heap.h"

#include <stddef.h>

/* Two roots become one. Each may be NULL. */
static struct timer *merge(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->due < a->due) {
        struct timer *swapped = a;
        a = b;
        b = swapped;
    }
    b->next = a->child;
    if (a->child)
        a->child->previous = b;
    b->previous = a;
    a->child = b;
    return a;
}

/* The siblings become one root: in pairs from the left, then the pairs from the right. That order is what keeps the heap flat. */
static struct timer *merge_siblings(struct timer *first)
{
    struct timer *pairs = NULL; /* by `next`, the last one first */
    while (first) {
        struct timer *second = first->next;
        struct timer *rest = second ? second->next : NULL;
        first->next = NULL;
        if (second)
            second->next = NULL;
        struct timer *pair = merge(first, second);
        pair->next = pairs;
        pairs = pair;
        first = rest;
    }
    struct timer *root = NULL;
    while (pairs) {
        struct timer *rest = pairs->next;
        pairs->next = NULL;
        root = merge(root, pairs);
        pairs = rest;
    }
    return root;
}

void timer_heap_clear(struct timer_heap *heap, struct timer *timer)
{
    if (!timer->is_set)
        return;
    struct timer *below = merge_siblings(timer->child);
    if (timer == heap->first) {
        heap->first = below;
    } else {
        if (timer->previous->child == timer)
            timer->previous->child = timer->next;
        else
            timer->previous->next = timer->next;
        if (timer->next)
            timer->next->previous = timer->previous;
        heap->first = merge(heap->first, below);
    }
    if (heap->first)
        heap->first->previous = NULL;
    *timer = (struct timer){0};
}

void timer_heap_set(struct timer_heap *heap, struct timer *timer, uint64_t due)
{
    timer_heap_clear(heap, timer);
    timer->due = due;
    timer->is_set = true;
    heap->first = merge(heap->first, timer);
    heap->first->previous = NULL;
}

uint64_t timer_heap_due(const struct timer_heap *heap)
{
    return heap->first ? heap->first->due : UINT64_MAX;
}
