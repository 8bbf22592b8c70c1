/* What keeps the module loaded and its engine running: every COM object that a client holds, every LockServer, every call that is about to make an
 * object. Counted here, without a lock. */
#ifndef DOSVC_COM_USAGE_H
#define DOSVC_COM_USAGE_H

#include "lock.h"

#define USAGE_SETTLE_MS 1000u

void usage_begin(void);
/* When the last use ends, the watching signal is set; on Wine the watcher then gets USAGE_SETTLE_MS at most to look at what is to be done, and delicate things
 * to end. Nothing of the caller's is touched after the count has fallen. */
void usage_end(void);

uint32_t usage_count(void);
/* Grows with each use that begins: tells that one came and went between two looks. */
uint32_t usage_serial(void);

/* Sets this signal when the last use ends; NULL ends it. On return the signal that was watching before is set no more. */
void usage_watch(struct signal *signal);
/* The watcher's thread, around each look. */
void usage_look_begin(void);
void usage_look_end(void);

#endif
