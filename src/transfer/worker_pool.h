/* The bounded pool of threads that run transfers. Threads start when work comes and no idle one is there, up to the
 * limit, and stay until the pool is closed. */
#ifndef DOSVC_TRANSFER_WORKER_POOL_H
#define DOSVC_TRANSFER_WORKER_POOL_H

#include "transfer.h"
#include "tuning.h"

#define WORKER_POOL_RETIRED_MAX 16 /* revoked workers that still wait for the network */

struct worker_pool;

/* Borrows transport and events until close. Returns new. */
HRESULT worker_pool_create(struct http_transport *transport, const struct transfer_events *events, uint32_t size,
                           struct worker_pool **pool);
/* How many more transfers would start at once (idle or not yet started workers). */
uint32_t worker_pool_free(struct worker_pool *pool);
/* Workers that wait for a transfer. */
uint32_t worker_pool_idle(struct worker_pool *pool);
/* Takes the transfer until `done` is called for it. When no thread can be started for it although none runs, the
 * HRESULT of that, and the transfer was not taken. */
HRESULT worker_pool_submit(struct worker_pool *pool, struct transfer *transfer);
/* Its sink was revoked: the worker that runs it, perhaps stuck in a read, no longer counts against the size; a
 * replacement may start. When there are WORKER_POOL_RETIRED_MAX already, it goes on counting. `done` will still be
 * called. */
void worker_pool_retire(struct worker_pool *pool, struct transfer *transfer);
/* Waits for every worker, `done` called for each transfer, frees. Revoke all sinks first. Not from a worker. */
void worker_pool_close(struct worker_pool *pool);

#endif
