/* A second process: the test program runs itself again with "--<mode> <directory>", and the child reports numbers. */
#ifndef DOSVC_TESTS_QUEUE_CHILD_H
#define DOSVC_TESTS_QUEUE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <uchar.h>

struct queue_child {
    void *process, *reports;
};

void queue_child_start(struct queue_child *child, const char16_t *mode, const char16_t *directory);
/* Waits for the child's next number; false when it has ended. */
bool queue_child_hear(struct queue_child *child, uint32_t *number);
/* TerminateProcess, and waits for the end. Call queue_child_close afterwards; what it reported can still be heard until
 * then. */
void queue_child_kill(struct queue_child *child);
void queue_child_close(struct queue_child *child);

/* In the child. False when the parent is gone. */
bool queue_child_report(uint32_t number);
/* Waits to be killed, a minute at most. */
void queue_child_wait(void);

#endif
