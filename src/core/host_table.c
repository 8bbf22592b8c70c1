#include "host_table.h"

#include "engine_private.h"
#include "http_proxy.h"
#include "http_redirect.h"
#include "log.h"
#include "memory.h"
#include "retry.h"
#include "url.h"
#include "utf16.h"

#include <stdio.h>

#define SWEEP_FIRST    64
#define PROBE_PATIENCE RETRY_MAX_MS /* a job whose turn the probe is and that does not go passes it on */
#define FORGET_DOWN_MS 600000u      /* a server that was down and is needed by nobody */
#define ORIGIN_ROOM    (URL_MAX_LENGTH + HTTP_PROXY_NAME_MAX + 20)

_Static_assert(PARKINGS_MAX >= WORKER_POOL_SIZE / HOST_FEW_FLIGHTS, "a server with fewer flights is not busy");

/* ---- The table ---- */

void host_table_init(struct host_table *table)
{
    *table = (struct host_table){.sweep_at = SWEEP_FIRST};
    string_table_init(&table->by_origin, utf16_hash, utf16_equal);
}

static void free_host(struct host *host)
{
    mem_free(host->origin);
    mem_free(host);
}

void host_table_clear(struct host_table *table)
{
    while (table->all) {
        struct host *host = table->all;
        table->all = host->next;
        free_host(host);
    }
    string_table_clear(&table->by_origin);
}

static bool has_parked(const struct host *host)
{
    for (unsigned priority = 0; priority < PRIORITY_COUNT; priority++) {
        if (host->parked[priority].first)
            return true;
    }
    return false;
}

/* Forgets servers that nobody needs, each time that the table has doubled. */
static void sweep(struct host_table *table, uint64_t now)
{
    for (struct host **place = &table->all; *place;) {
        struct host *host = *place;
        bool is_news = host->is_down && now < host->retry_at + FORGET_DOWN_MS;
        if (host->flights || host->called || is_news || has_parked(host) || host->probe.is_set) {
            place = &host->next;
            continue;
        }
        *place = host->next;
        (void)string_table_remove(&table->by_origin, host->origin);
        free_host(host);
        table->count--;
    }
    table->sweep_at = table->count * 2 + SWEEP_FIRST;
}

static size_t append_ascii(char16_t *to, size_t length, const char *text)
{
    while (*text)
        to[length++] = (unsigned char)*text++;
    return length;
}

/* Adds the proxy that the job itself names, if the URL is asked for through one. */
static size_t append_proxy(char16_t *origin, size_t length, const struct url_view *view,
                           const struct http_options *options)
{
    char16_t proxy[HTTP_PROXY_NAME_MAX + 1];
    if (!options || options->proxy_usage != HTTP_PROXY_OVERRIDE ||
        http_proxy_choose(options->proxy_list, options->proxy_bypass, view, 0, proxy) != S_OK)
        return length;
    length = append_ascii(origin, length, " by ");
    for (size_t i = 0; proxy[i]; i++)
        origin[length++] = proxy[i];
    return length;
}

/* Scheme, host in lower case, port and proxy as one text. */
static bool make_origin(const char16_t *url, const struct http_options *options, char16_t origin[ORIGIN_ROOM])
{
    struct url_view view;
    char port[8];
    if (!url_parse_within(url, HTTP_REDIRECT_URL_LENGTH, &view) || view.host.length > URL_MAX_LENGTH)
        return false;
    size_t length = append_ascii(origin, 0, view.is_https ? "https://" : "http://");
    for (size_t i = 0; i < view.host.length; i++) {
        char16_t unit = view.host.text[i];
        origin[length++] = unit >= u'A' && unit <= u'Z' ? (char16_t)(unit + (u'a' - u'A')) : unit;
    }
    (void)snprintf(port, sizeof port, ":%u", (unsigned)view.port);
    length = append_ascii(origin, length, port);
    origin[append_proxy(origin, length, &view, options)] = 0;
    return true;
}

static struct host *add_host(struct engine *engine, const char16_t *origin)
{
    struct host_table *table = &engine->hosts;
    if (table->count >= table->sweep_at)
        sweep(table, engine->env.clock->now(engine->env.clock));
    struct host *host = mem_alloc(sizeof *host);
    if (!host)
        return NULL;
    host->origin = utf16_duplicate(origin);
    if (!host->origin || string_table_insert(&table->by_origin, host->origin, host) != S_OK) {
        free_host(host);
        return NULL;
    }
    host->next = table->all;
    table->all = host;
    table->count++;
    return host;
}

struct host *host_of(struct engine *engine, const char16_t *url, const struct http_options *options)
{
    char16_t origin[ORIGIN_ROOM];
    if (!make_origin(url, options, origin))
        return NULL;
    struct host *host = string_table_find(&engine->hosts.by_origin, origin);
    return host ? host : add_host(engine, origin);
}

struct host *host_of_file(struct engine *engine, const struct job_file *file)
{
    return host_of(engine, job_file_way(file), file->job->options);
}

/* ---- Who may go ---- */

/* The job that probed last goes on at its own pace; any other waits for the server's. A Resume since the last failure is worth a try at once. */
static bool may_probe(const struct engine *engine, const struct host *host, const struct job *job)
{
    return host->flights == 0 && (engine->env.clock->now(engine->env.clock) >= host->retry_at ||
                                  job->resume_serial > host->failure_serial || host->prober_sequence == job->sequence);
}

bool host_admits(struct engine *engine, const struct host *host, const struct job *job, uint32_t places)
{
    if (host->is_down)
        return may_probe(engine, host, job);
    if (job->facts.priority == JOB_FOREGROUND)
        return host->flights < HOST_FLIGHTS_MAX + HOST_FOREGROUND;
    if (places <= HOST_RESERVE && host->flights >= HOST_FEW_FLIGHTS) {
        engine->lacks_places = true;
        return false;
    }
    return host->flights < HOST_FLIGHTS_MAX;
}

static void plan_probe(struct engine *engine, struct host *host, uint64_t at) REQUIRES(engine->model_lock)
{
    if (host->is_down && has_parked(host))
        timer_heap_set(&engine->hosts.probes, &host->probe, at);
    else
        timer_heap_clear(&engine->hosts.probes, &host->probe);
}

void host_park_also(struct host *host, struct job *job)
{
    if (host == job->parked_at || job->parking_count == PARKINGS_MAX)
        return;
    struct parking_list *list = &host->parked[job->parked_as];
    struct parking *parking = &job->parkings[job->parking_count++];
    *parking = (struct parking){.job = job, .host = host, .previous = list->last};
    *(list->last ? &list->last->next : &list->first) = parking;
    list->last = parking;
}

void host_park(struct engine *engine, struct host *host, struct job *job) REQUIRES(engine->model_lock)
{
    uint64_t now = engine->env.clock->now(engine->env.clock);
    scheduler_drop(engine, job);
    host_unpark(job);
    job->parked_as = job->facts.priority;
    host_park_also(host, job);
    job->parked_at = host;
    if (!host->is_down)
        return;
    if (!host->probe.is_set)
        plan_probe(engine, host, host->retry_at > now ? host->retry_at : now);
    progress_note_failure(engine, job); /* the server's is its own */
    timer_heap_set(&engine->retries, &job->retry, progress_give_up_at(engine, job));
}

void host_unpark(struct job *job)
{
    for (uint32_t i = 0; i < job->parking_count; i++) {
        struct parking *parking = &job->parkings[i];
        struct parking_list *list = &parking->host->parked[job->parked_as];
        *(parking->previous ? &parking->previous->next : &list->first) = parking->next;
        *(parking->next ? &parking->next->previous : &list->last) = parking->previous;
    }
    job->parking_count = 0;
    job->parked_at = NULL;
    job->has_met_down = false;
    timer_heap_clear(&job->engine->retries, &job->retry);
}

static struct job *first_parked(const struct host *host)
{
    for (unsigned priority = 0; priority < PRIORITY_COUNT; priority++) {
        if (host->parked[priority].first)
            return host->parked[priority].first->job;
    }
    return NULL;
}

static void release_jobs(struct engine *engine, struct host *host, size_t limit) REQUIRES(engine->model_lock)
{
    for (size_t released = 0; released < limit;) {
        struct job *job = first_parked(host);
        if (!job)
            break;
        retry_now(engine, job);
        if (job->is_runnable) {
            job->called_by = host;
            host->called++;
        }
        released += job->is_runnable || job->retry.is_set; /* who has failed meanwhile takes no place */
    }
    if (!has_parked(host))
        timer_heap_clear(&engine->hosts.probes, &host->probe);
}

void host_end_call(struct job *job)
{
    if (job->called_by)
        job->called_by->called--;
    job->called_by = NULL;
}

void host_lose_place(struct engine *engine, struct job *job)
{
    if (!job->called_by)
        return;
    job->called_by->lost_places++;
    host_end_call(job);
    engine->has_lost_place = true;
    signal_set(&engine->signal);
}

void host_use_places(struct engine *engine, uint32_t places) REQUIRES(engine->model_lock)
{
    bool has_places = engine->lacks_places && places > HOST_RESERVE;
    if (!has_places && !engine->has_lost_place)
        return;
    if (has_places)
        engine->lacks_places = false;
    engine->has_lost_place = false;
    for (struct host *host = engine->hosts.all; host; host = host->next) {
        if (!host->is_down)
            release_jobs(engine, host, has_places ? HOST_FLIGHTS_MAX : host->lost_places);
        host->lost_places = 0;
    }
}

/* ---- What happens to it ---- */

static uint64_t next_probe_at(struct engine *engine, uint32_t attempt) REQUIRES(engine->model_lock)
{
    struct retry_policy policy = {engine->env.settings->retry_base_ms, RETRY_MAX_MS};
    return engine->env.clock->now(engine->env.clock) + retry_delay_ms(&policy, attempt, 0, engine_random(engine));
}

/* A probe that is due is the only one for another pause as long as the last, even when it ends with its job before it has come to anything. */
void host_begin_flight(struct engine *engine, struct host *host, struct flight *flight) REQUIRES(engine->model_lock)
{
    flight->host = host;
    flight->begun_serial = engine->hosts.serial;
    host->flights++;
    if (!host->is_down)
        return;
    host->prober_sequence = flight->file->job->sequence;
    if (engine->env.clock->now(engine->env.clock) >= host->retry_at)
        host->retry_at = next_probe_at(engine, host->attempt - 1);
}

void host_end_flight(struct engine *engine, struct host *host) REQUIRES(engine->model_lock)
{
    uint64_t now = engine->env.clock->now(engine->env.clock);
    host->flights--;
    if (!host->is_down)
        release_jobs(engine, host, 1);
    else if (host->flights == 0)
        plan_probe(engine, host, host->retry_at > now ? host->retry_at : now);
}

static void set_up(struct engine *engine, struct host *host) REQUIRES(engine->model_lock)
{
    host->is_down = false;
    host->attempt = 0;
    release_jobs(engine, host, SIZE_MAX);
}

/* Its next request goes there, or the last one went: the file's own URL was asked in vain, and now is who answered before. */
static bool waits_for(struct engine *engine, const struct job_file *file, const struct host *host)
    REQUIRES(engine->model_lock)
{
    return host_of_file(engine, file) == host || host_of(engine, file->url, file->job->options) == host;
}

/* Those that probed in vain before wait at a pace of their own, and others for a busy server, not here. All jobs are looked at, which is rare enough. One that another
 * server has told to wait goes on waiting. */
static void release_waiting(struct engine *engine, const struct host *host) REQUIRES(engine->model_lock)
{
    for (struct job *job = engine->all.first; job; job = job->all.next) {
        const struct job_error *error = &job->facts.error;
        bool is_of_network = job->facts.state == JOB_TRANSIENT_ERROR && error->context == JOB_ERROR_CONTEXT_TRANSPORT &&
                             !job->pending_retry_after;
        const struct job_file *file = is_of_network ? job_find_file(job, error->file) : NULL;
        if (job->has_met_down || (file && waits_for(engine, file, host)))
            retry_now(engine, job);
    }
}

void host_answered(struct engine *engine, struct host *host) REQUIRES(engine->model_lock)
{
    if (!host->is_down)
        return;
    log_line(LOG_INFO, LOG_CORE, L"%ls answers again", host->origin);
    set_up(engine, host);
    host->flights++; /* what is looked up meanwhile may sweep the table */
    release_waiting(engine, host);
    host->flights--;
}

/* Flights that were under way when the last one failed tell nothing new. A later one does, wherever it began: it is as good as the probe, which may end with it when
 * they are of one job. */
void host_failed(struct engine *engine, struct host *host, const struct job *job, uint64_t begun_serial,
                 const struct job_error *error) REQUIRES(engine->model_lock)
{
    if (host->is_down && begun_serial < host->failure_serial)
        return;
    host->error = *error;
    host->error.file = JOB_ERROR_NO_FILE;
    if (!host->is_down)
        release_jobs(engine, host, SIZE_MAX); /* they are to learn of it, and wait for a probe from now on */
    host->is_down = true;
    host->prober_sequence = job->sequence;
    host->failure_serial = ++engine->hosts.serial;
    host->retry_at = next_probe_at(engine, host->attempt++);
    plan_probe(engine, host, host->retry_at);
}

void host_note_resume(struct engine *engine, struct job *job)
{
    job->resume_serial = ++engine->hosts.serial;
}

void host_table_reset(struct engine *engine) REQUIRES(engine->model_lock)
{
    for (struct host *host = engine->hosts.all; host; host = host->next)
        set_up(engine, host);
}

uint64_t host_table_step(struct engine *engine) REQUIRES(engine->model_lock)
{
    uint64_t now = engine->env.clock->now(engine->env.clock);
    while (timer_heap_due(&engine->hosts.probes) <= now) {
        struct host *host = (struct host *)(void *)((char *)engine->hosts.probes.first - offsetof(struct host, probe));
        struct job *job = host->flights == 0 ? first_parked(host) : NULL;
        timer_heap_clear(&engine->hosts.probes, &host->probe);
        if (!job)
            continue; /* the end of its flight plans it anew */
        host->prober_sequence = job->sequence;
        retry_now(engine, job);
        plan_probe(engine, host, now + PROBE_PATIENCE);
    }
    return timer_heap_due(&engine->hosts.probes);
}
