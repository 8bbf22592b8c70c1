#include "worker_pool.h"

#include "lock.h"
#include "log.h"
#include "memory.h"
#include "thread.h"

struct worker {
    struct worker_pool *pool;
    struct worker *next;
    struct thread *thread;
    struct transfer *transfer; /* NULL while idle */
    bool is_retired;           /* its transfer was revoked: it holds no place in the pool */
    bool has_left;             /* its thread touches the pool no more and can be joined */
    uint8_t buffer[TRANSFER_BUFFER_BYTES];
};

struct worker_pool {
    struct http_transport *transport;
    const struct transfer_events *events;
    uint32_t size;

    struct lock lock;      /* nothing is called under it but the start of a thread */
    struct condition work; /* a transfer waits, or the pool closes */
    struct worker *workers;
    uint32_t places; /* taken by workers: at most `size` */
    uint32_t busy;   /* of these, with a transfer */
    uint32_t ending; /* and still in `done`, which may write for a while: free, but not there yet */
    uint32_t retired;
    struct transfer *first_waiting, *last_waiting;
    uint32_t waiting;
    bool is_closing;
};

static void append_waiting(struct worker_pool *pool, struct transfer *transfer) REQUIRES(pool->lock)
{
    transfer->next_waiting = NULL;
    if (pool->last_waiting)
        pool->last_waiting->next_waiting = transfer;
    else
        pool->first_waiting = transfer;
    pool->last_waiting = transfer;
    pool->waiting++;
}

static struct transfer *take_waiting(struct worker_pool *pool) REQUIRES(pool->lock)
{
    struct transfer *transfer = pool->first_waiting;
    if (!transfer)
        return NULL;
    pool->first_waiting = transfer->next_waiting;
    if (!pool->first_waiting)
        pool->last_waiting = NULL;
    pool->waiting--;
    return transfer;
}

/* The worker's transfer is over. False when its place was given to another meanwhile. */
static bool give_back(struct worker_pool *pool, struct worker *worker) REQUIRES(pool->lock)
{
    worker->transfer = NULL;
    if (!worker->is_retired) {
        pool->busy--;
        return true;
    }
    pool->retired--;
    worker->is_retired = false;
    if (pool->places == pool->size)
        return false;
    pool->places++;
    return true;
}

static void run_worker(void *context)
{
    struct worker *worker = context;
    struct worker_pool *pool = worker->pool;
    bool has_place = true;
    lock_acquire(&pool->lock);
    while (has_place) {
        while (!pool->waiting && !pool->is_closing)
            condition_wait(&pool->work, &pool->lock, UINT64_MAX);
        struct transfer *transfer = take_waiting(pool);
        if (!transfer)
            break;
        worker->transfer = transfer;
        pool->busy++;
        lock_release(&pool->lock);
        transfer_run(transfer, pool->transport, pool->events, worker->buffer);
        lock_acquire(&pool->lock);
        /* Before `done`: whoever hears it finds the place free. */
        has_place = give_back(pool, worker);
        pool->ending += has_place;
        lock_release(&pool->lock);
        pool->events->done(pool->events->context, transfer);
        lock_acquire(&pool->lock);
        pool->ending -= has_place;
    }
    worker->has_left = true;
    lock_release(&pool->lock);
}

static uint32_t count_idle(const struct worker_pool *pool) REQUIRES(pool->lock)
{
    return pool->places - pool->busy - pool->ending;
}

/* Starts a worker when idle ones are too few for `waiting` transfers and a place is free for it. */
static HRESULT start_worker(struct worker_pool *pool, uint32_t waiting) REQUIRES(pool->lock)
{
    if (waiting <= count_idle(pool) || pool->places == pool->size)
        return S_OK;
    struct worker *worker = mem_alloc(sizeof(*worker));
    if (!worker)
        return log_failure(LOG_TRANSFER, E_OUTOFMEMORY, L"cannot make a worker");
    worker->pool = pool;
    HRESULT hr = thread_start(u"dosvc worker", run_worker, worker, &worker->thread);
    if (FAILED(hr)) {
        mem_free(worker);
        return hr;
    }
    worker->next = pool->workers;
    pool->workers = worker;
    pool->places++;
    return S_OK;
}

static struct worker *unlink_left(struct worker_pool *pool) REQUIRES(pool->lock)
{
    struct worker *left = NULL;
    for (struct worker **link = &pool->workers; *link;) {
        struct worker *worker = *link;
        if (!worker->has_left) {
            link = &worker->next;
            continue;
        }
        *link = worker->next;
        worker->next = left;
        left = worker;
    }
    return left;
}

static void join_workers(struct worker *worker)
{
    while (worker) {
        struct worker *next = worker->next;
        thread_join(worker->thread);
        mem_free(worker);
        worker = next;
    }
}

HRESULT worker_pool_create(struct http_transport *transport, const struct transfer_events *events, uint32_t size,
                           struct worker_pool **pool)
{
    *pool = mem_alloc(sizeof(**pool));
    if (!*pool)
        return log_failure(LOG_TRANSFER, E_OUTOFMEMORY, L"cannot make the worker pool");
    (*pool)->transport = transport;
    (*pool)->events = events;
    (*pool)->size = size;
    return S_OK;
}

uint32_t worker_pool_free(struct worker_pool *pool)
{
    lock_acquire(&pool->lock);
    uint32_t taken = pool->busy + pool->waiting;
    lock_release(&pool->lock);
    return taken < pool->size ? pool->size - taken : 0;
}

uint32_t worker_pool_idle(struct worker_pool *pool)
{
    lock_acquire(&pool->lock);
    uint32_t idle = count_idle(pool);
    lock_release(&pool->lock);
    return idle;
}

HRESULT worker_pool_submit(struct worker_pool *pool, struct transfer *transfer)
{
    lock_acquire(&pool->lock);
    struct worker *left = unlink_left(pool);
    HRESULT hr = start_worker(pool, pool->waiting + 1);
    if (pool->places) {
        hr = S_OK; /* a running worker will come to it */
        append_waiting(pool, transfer);
    }
    condition_wake_one(&pool->work);
    lock_release(&pool->lock);
    join_workers(left);
    return hr;
}

void worker_pool_retire(struct worker_pool *pool, struct transfer *transfer)
{
    lock_acquire(&pool->lock);
    struct worker *worker = pool->workers;
    while (worker && worker->transfer != transfer)
        worker = worker->next;
    if (worker && !worker->is_retired && pool->retired < WORKER_POOL_RETIRED_MAX) {
        worker->is_retired = true;
        pool->retired++;
        pool->places--;
        pool->busy--;
        start_worker(pool,
                     pool->waiting); /* when that fails a running worker serves what waits, this one at the latest */
    }
    lock_release(&pool->lock);
}

void worker_pool_close(struct worker_pool *pool)
{
    lock_acquire(&pool->lock);
    pool->is_closing = true;
    struct worker *workers = pool->workers;
    condition_wake_all(&pool->work);
    lock_release(&pool->lock);
    join_workers(workers);
    mem_free(pool);
}
