/* Where redirects lead a file's requests. Who gave a good answer is asked for the rest at once: another server of many may have the file under another validator. Who
 * gave none is to blame for that, not the server that redirected. */
#include "engine_private.h"
#include "http_redirect.h"
#include "memory.h"
#include "url.h"
#include "utf16.h"

void way_learn(struct flight *flight)
{
    struct job_file *file = flight->file;
    struct file_work *work = file->work;
    if (flight->source != file->source || flight->transfer.led_to || (work->answered_by && !work->is_way_doubtful))
        return;
    mem_free(work->answered_by);
    work->answered_by = utf16_duplicate(flight->transfer.result.details.url);
    work->is_way_doubtful = false;
}

static void forget_silence(struct job_file *file)
{
    mem_free(file->led_to);
    file->led_to = NULL;
}

static void count_answer(struct engine *engine, const char16_t *url, const struct http_options *options)
    REQUIRES(engine->model_lock)
{
    struct host *host = host_of(engine, url, options);
    if (host)
        host_answered(engine, host);
}

void way_count_answer(struct engine *engine, struct flight *flight)
{
    const struct transfer *transfer = &flight->transfer;
    const char16_t *answerer = transfer->result.details.url;
    if (!transfer->led_to || !answerer)
        count_answer(engine, transfer->url, transfer->options);
    if (answerer)
        count_answer(engine, answerer, transfer->options);
    forget_silence(flight->file);
}

/* Takes `url`, of which the server is kept; NULL: there was no redirect. */
static void note_silence(struct job_file *file, char16_t *url)
{
    struct url_view view;
    forget_silence(file);
    if (url && url_parse_within(url, HTTP_REDIRECT_URL_LENGTH, &view) && view.host.length <= URL_MAX_LENGTH) {
        url[view.path_and_query.text - url] = 0;
        file->led_to = url;
    } else {
        mem_free(url);
    }
}

void way_count_silence(struct engine *engine, struct flight *flight, const struct job_error *error)
{
    struct job_file *file = flight->file;
    note_silence(file, flight->transfer.result.details.url);
    flight->transfer.result.details.url = NULL;
    struct host *first = file->led_to ? host_of(engine, file->url, file->job->options) : NULL;
    if (first)
        host_answered(engine, first);
    struct host *silent = host_of(engine, file->led_to ? file->led_to : file->url, file->job->options);
    if (silent)
        host_failed(engine, silent, file->job, flight->begun_serial, error);
    file->work->is_way_doubtful = false; /* it may be the network: who answered before is asked again, too */
}

/* Who answered gives no answer. While the network is away that says nothing about it, so it is only forgotten when the file's own URL leads elsewhere. Of flights that
 * were under way when that URL was asked in vain nothing is learnt: the job is about to wait. */
static void doubt_way(struct job_file *file)
{
    const struct job *job = file->job;
    bool goes_on = job->facts.state != JOB_TRANSIENT_ERROR && job->pending_error.code == S_OK;
    file->work->is_way_doubtful = file->work->answered_by && goes_on;
}

bool way_was_a_by_way(struct flight *flight)
{
    const struct transfer_result *result = &flight->transfer.result;
    bool is_failure = result->outcome == TRANSFER_FAILED;
    bool is_refused = is_failure && !result->is_local && !result->is_network;
    bool is_silent = is_failure && result->is_network && !atomic_load(&flight->transfer.answers);
    bool is_other = result->outcome == TRANSFER_RESTART && !atomic_load(&flight->transfer.written);
    if (!flight->transfer.led_to || !(is_refused || is_silent || is_other))
        return false;
    if (is_silent)
        doubt_way(flight->file);
    else
        job_file_forget_way(flight->file);
    return !is_refused || !result->is_transient;
}
