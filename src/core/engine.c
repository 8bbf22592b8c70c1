#include "engine_private.h"

#include "deliveryoptimizationerrors.h"
#include "log.h"
#include "memory.h"
#include "name_case.h"

#include <string.h>

/* ---- Lists and the index of jobs ---- */

static struct job_link *link_of(struct job *job, size_t link_offset)
{
    return (struct job_link *)(void *)((char *)job + link_offset);
}

void job_list_append(struct job_list *list, struct job *job, size_t link_offset)
{
    struct job_link *link = link_of(job, link_offset);
    link->previous = list->last;
    link->next = NULL;
    if (list->last)
        link_of(list->last, link_offset)->next = job;
    else
        list->first = job;
    list->last = job;
}

void job_list_remove(struct job_list *list, struct job *job, size_t link_offset)
{
    struct job_link *link = link_of(job, link_offset);
    if (link->previous)
        link_of(link->previous, link_offset)->next = link->next;
    else
        list->first = link->next;
    if (link->next)
        link_of(link->next, link_offset)->previous = link->previous;
    else
        list->last = link->previous;
    link->previous = link->next = NULL;
}

/* A GUID is random enough to be its own hash. */
static size_t bucket_of(const struct engine *engine, const uint8_t id[16])
{
    uint32_t hash;
    memcpy(&hash, id, sizeof hash);
    return hash & (engine->bucket_count - 1);
}

struct job *engine_job_by_id(struct engine *engine, const uint8_t id[16])
{
    if (!engine->bucket_count)
        return NULL;
    struct job *job = engine->buckets[bucket_of(engine, id)];
    while (job && memcmp(job->id, id, sizeof job->id) != 0)
        job = job->next_in_bucket;
    return job;
}

bool engine_reserve_job(struct engine *engine)
{
    if (engine->job_count < engine->bucket_count)
        return true;
    size_t count = engine->bucket_count ? engine->bucket_count * 2 : 64;
    struct job **buckets = mem_alloc(count * sizeof(struct job *));
    if (!buckets)
        return false;
    mem_free(engine->buckets);
    engine->buckets = buckets;
    engine->bucket_count = count;
    for (struct job *job = engine->all.first; job; job = job->all.next) {
        size_t bucket = bucket_of(engine, job->id);
        job->next_in_bucket = buckets[bucket];
        buckets[bucket] = job;
    }
    return true;
}

void engine_list_job(struct engine *engine, struct job *job)
{
    size_t bucket = bucket_of(engine, job->id);
    job_addref(job);
    job->is_listed = true;
    job_list_append(&engine->all, job, offsetof(struct job, all));
    job->next_in_bucket = engine->buckets[bucket];
    engine->buckets[bucket] = job;
    engine->job_count++;
}

void engine_unlist_job(struct engine *engine, struct job *job)
{
    struct job **place = &engine->buckets[bucket_of(engine, job->id)];
    while (*place != job)
        place = &(*place)->next_in_bucket;
    *place = job->next_in_bucket;
    job_list_remove(&engine->all, job, offsetof(struct job, all));
    engine->job_count--;
    job->is_listed = false;
    job_release(job);
}

/* ---- References ---- */

void job_addref(struct job *job)
{
    atomic_fetch_add(&job->references, 1);
}

/* Lock-free to the end: a client may call this from an atexit handler, when a thread that held a lock of ours is dead. */
void job_release(struct job *job)
{
    if (atomic_fetch_sub(&job->references, 1) != 1)
        return;
    struct engine *engine = job->engine;
    job->next_grave = atomic_load(&engine->graves);
    while (!atomic_compare_exchange_weak(&engine->graves, &job->next_grave, job))
        ;
    /* The job may be freed already. The engine is not: an object of the caller's, or the thread that it is on, keeps it. */
    signal_set(&engine->signal);
}

void engine_free_graves(struct engine *engine)
{
    struct job *job = atomic_exchange(&engine->graves, NULL);
    while (job) {
        struct job *next = job->next_grave;
        job_free(job);
        job = next;
    }
}

uint32_t engine_random(struct engine *engine)
{
    engine->random = engine->random * 1664525u + 1013904223u;
    return engine->random;
}

/* ---- Life ---- */

static HRESULT open_queue(struct engine *engine)
{
    HRESULT hr = queue_host_take(engine->env.settings->queue_dir, &engine->host);
    if (FAILED(hr))
        return hr;
    hr = queue_store_open(engine->env.settings->queue_dir, &engine->store);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->store_lock);
    hr = journal_load(engine);
    lock_release(&engine->store_lock);
    if (FAILED(hr) && hr != E_OUTOFMEMORY) {
        log_line(LOG_ERROR, LOG_CORE, L"the queue cannot be read: 0x%08lX", (unsigned long)hr);
        return DO_E_NO_SERVICE;
    }
    return hr;
}

static HRESULT open_network(struct engine *engine)
{
    HRESULT hr = engine->env.create_transport(&engine->transport);
    if (FAILED(hr))
        return hr;
    engine->events = (struct transfer_events){.answer = results_on_answer,
                                              .headers = results_on_headers,
                                              .allow = pace_allow,
                                              .give_back = pace_give_back,
                                              .done = results_on_done,
                                              .context = engine};
    return worker_pool_create(engine->transport, &engine->events, WORKER_POOL_SIZE, &engine->pool);
}

HRESULT engine_create(const struct engine_environment *environment, struct engine **out)
{
    *out = NULL;
    struct engine *engine = mem_alloc(sizeof *engine);
    if (!engine)
        return log_failure(LOG_CORE, E_OUTOFMEMORY, L"cannot make the engine");
    engine->env = *environment;
    engine->checkpoint_at = CLOCK_NEVER;
    engine->network = (struct network_status){.is_connected = true};
    engine->random = (uint32_t)environment->clock->utc(environment->clock) | 1;
    host_table_init(&engine->hosts);
    string_table_init(&engine->local_names, name_hash, name_equal);
    HRESULT hr = open_network(engine);
    if (SUCCEEDED(hr))
        hr = open_queue(engine);
    if (FAILED(hr)) {
        engine_destroy(engine);
        return hr;
    }
    hr = environment->network->watch(environment->network, &engine->signal);
    if (FAILED(hr))
        (void)log_failure(LOG_CORE, hr, L"the network is not watched: there is one, for nothing");
    complete_recover(engine);
    (void)expiry_step(engine);
    *out = engine;
    return S_OK;
}

struct signal *engine_signal(struct engine *engine)
{
    return &engine->signal;
}

bool engine_is_idle(struct engine *engine)
{
    lock_acquire(&engine->model_lock);
    bool is_idle = engine->active_count == 0 && engine->flight_count == 0 && engine->calls_in_flight == 0 &&
                   !engine->ready_first && !engine->timed && !engine->dirty && !engine->touched;
    lock_release(&engine->model_lock);
    return is_idle;
}

/* No object is left and this is the engine thread, so the list of jobs stands still. */
static void revoke_all(struct engine *engine)
{
    for (struct job *job = engine->all.first; job; job = job->all.next) {
        lock_acquire(&engine->model_lock);
        scheduler_drop(engine, job);
        bool has_parts = job->flight_count > 0 || (job_state_is_active(job->facts.state) && job->working_first);
        lock_release(&engine->model_lock);
        if (has_parts)
            engine_revoke_job(engine, job);
    }
}

void engine_destroy(struct engine *engine)
{
    engine->env.network->unwatch(engine->env.network);
    notify_stop(engine);
    revoke_all(engine);
    if (engine->pool)
        worker_pool_close(engine->pool);
    remote_name_step(engine);
    if (engine->store)
        (void)checkpoint_all(engine);
    while (engine->all.first) {
        lock_acquire(&engine->model_lock);
        struct job *job = engine->all.first;
        scheduler_drop(engine, job);
        checkpoint_forget_job(engine, job);
        engine_unlist_job(engine, job);
        lock_release(&engine->model_lock);
    }
    while (engine->touched) {
        struct job *job = engine->touched;
        engine->touched = job->next_touched;
        job_release(job);
    }
    engine_free_graves(engine);
    if (engine->transport)
        engine->transport->destroy(engine->transport);
    queue_store_close(engine->store);
    queue_host_release(engine->host);
    string_table_clear(&engine->local_names);
    host_table_clear(&engine->hosts);
    mem_free(engine->buckets);
    mem_free(engine);
}
