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
    if (flight->source == file->source && !flight->transfer.led_to && !file->work->answered_by)
        file->work->answered_by = utf16_duplicate(flight->transfer.result.details.url);
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
    struct host *silent = host_of_file(engine, file);
    if (silent)
        host_failed(engine, silent, file->job, error, silent == flight->host && flight->is_probe);
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
    job_file_forget_way(flight->file);
    return !is_refused || !result->is_transient;
}
