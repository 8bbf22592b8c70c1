/* Deadlines of any number of things, the earliest first: a pairing heap whose links lie in the things themselves, so that nothing is allocated. Pure; not
 * synchronised: its owner's lock holds. */
#ifndef DOSVC_BASE_TIMER_HEAP_H
#define DOSVC_BASE_TIMER_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* All zeros: not set. */
struct timer {
    uint64_t due;
    bool is_set;
    struct timer *child;    /* the first of those that are due later */
    struct timer *next;     /* its sibling */
    struct timer *previous; /* its sibling before it, or its parent when it is the first */
};

/* All zeros: empty. */
struct timer_heap {
    struct timer *first; /* the earliest, NULL when there is none */
};

/* Sets it, or moves it to another time. */
void timer_heap_set(struct timer_heap *heap, struct timer *timer, uint64_t due);
/* Takes it out, if it is set. */
void timer_heap_clear(struct timer_heap *heap, struct timer *timer);
/* UINT64_MAX when nothing is set. */
uint64_t timer_heap_due(const struct timer_heap *heap);

#endif
