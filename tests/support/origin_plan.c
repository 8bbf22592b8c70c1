#include "origin_plan.h"

#include "origin_auth.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SIZE      65536u
#define OLD_TIME          UINT64_C(1577836800) /* 1 January 2020 */
#define EXTRA_HEADERS_MAX 100000u
#define SECONDS_PER_DAY   86400u
/* How much older than Date a recent Last-Modified is: too little for a client to trust it. */
#define RECENT_AGE 5u

uint64_t origin_now(void)
{
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return ticks / 10000000 - UINT64_C(11644473600);
}

void origin_plan_text(struct origin_plan *plan, unsigned status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);

    plan->status = status;
    plan->text.length = 0;
    if (length > 0)
        origin_text_append(&plan->text, text, strlen(text));
}

/* The number of a text that origin_script.c let pass as "#". */
static uint64_t text_value(const char *text)
{
    uint64_t number;
    origin_text_number(text, strlen(text), &number);
    return number;
}

/* Each step looks at one thing and returns true when the answer is decided. */

static bool is_status(uint64_t number)
{
    return number >= 200 && number <= 999;
}

/* What a row of the script's table cannot say. */
static bool script_is_sound(const struct origin_script *script)
{
    bool fails_by_status = script->failfirst_how[0] >= '0' && script->failfirst_how[0] <= '9';
    return script->headers <= EXTRA_HEADERS_MAX && (script->status == 0 || is_status(script->status)) &&
           (!fails_by_status || is_status(text_value(script->failfirst_how))) && origin_auth_is_sound(script);
}

static bool plan_read_script(struct origin_plan *plan)
{
    char problem[256] = "bad parameter: status, failfirst, headers, auth, proxyauth, offer or token\n";
    if (origin_script_parse(&plan->script, plan->head->query, problem, sizeof(problem)) &&
        script_is_sound(&plan->script))
        return false;
    origin_plan_text(plan, 400, "%s", problem);
    /* Nothing in a query that is wrong may act. */
    origin_script_clear(&plan->script);
    return true;
}

static bool plan_check_method(struct origin_plan *plan)
{
    bool is_head = !strcmp(plan->head->method, "HEAD");
    if (!strcmp(plan->head->method, "GET") || (is_head && !plan->script.headrefused))
        return false;
    origin_plan_text(plan, 405, "method not allowed\n");
    return true;
}

static bool plan_fail_first(struct origin_plan *plan)
{
    if (plan->ordinal > plan->script.failfirst)
        return false;
    if (!strcmp(plan->script.failfirst_how, "drop"))
        plan->drops_at_once = true;
    else
        origin_plan_text(plan, (unsigned)text_value(plan->script.failfirst_how), "failed as asked\n");
    return true;
}

static bool plan_authorize(struct origin_plan *plan)
{
    unsigned status = origin_auth_check(&plan->script, plan->head->headers, &plan->challenge);
    if (status)
        origin_plan_text(plan, status, "credentials needed\n");
    return status != 0;
}

/* The target again with hops counted down: it is found in the query, where it must stand since it was parsed. */
static void plan_hop(struct origin_plan *plan)
{
    const char *target = plan->head->target;
    const char *hops = plan->head->query;
    while (strncmp(hops, "hops=", 5) != 0)
        hops = strchr(hops, '&') + 1;
    const char *rest = hops + strcspn(hops, "&");
    origin_text_append(&plan->location, target, (size_t)(hops - target));
    origin_text_format(&plan->location, "hops=%llu%s", (unsigned long long)plan->script.hops - 1, rest);
}

static bool plan_redirect(struct origin_plan *plan)
{
    const struct origin_script *script = &plan->script;
    if (script->hops > 0)
        plan_hop(plan);
    else if (!strcmp(script->location, "self"))
        origin_text_append(&plan->location, plan->head->target, strlen(plan->head->target));
    else if (script->location[0])
        origin_text_append(&plan->location, script->location, strlen(script->location));
    else
        return false;
    origin_plan_text(plan, script->status ? (unsigned)script->status : 302, "elsewhere\n");
    return true;
}

static bool plan_fixed_status(struct origin_plan *plan)
{
    const struct origin_script *script = &plan->script;
    if (script->status == 0 || script->size != ORIGIN_NEVER)
        return false;
    origin_plan_text(plan, (unsigned)script->status, "status %u\n", (unsigned)script->status);
    return true;
}

static bool plan_open_content(struct origin_plan *plan)
{
    const struct origin_script *script = &plan->script;
    bool is_synthetic = !strncmp(plan->head->path, "/gen/", 5);
    if (!is_synthetic && !origin_content_open(&plan->content, plan->origin->root, plan->head->path)) {
        origin_plan_text(plan, 404, "not found\n");
        return true;
    }
    plan->has_content = true;
    if (is_synthetic)
        plan->content.size = script->size != ORIGIN_NEVER ? script->size : DEFAULT_SIZE;
    plan->content.seed = script->seed + (plan->ordinal >= script->etagchange);
    return false;
}

static void plan_set_etag(struct origin_plan *plan, bool is_changed)
{
    const char *etag = plan->script.etag;
    const struct origin_content *content = &plan->content;
    bool is_weak = !strcmp(etag, "weak");
    uint64_t version = content->file ? content->modified + is_changed : content->seed;
    if (!etag[0] || is_weak || !strcmp(etag, "strong"))
        snprintf(plan->etag, sizeof(plan->etag), "%s\"%llx-%llx\"", is_weak ? "W/" : "",
                 (unsigned long long)content->size, (unsigned long long)version);
    else if (is_changed && strcmp(etag, "none") != 0)
        snprintf(plan->etag, sizeof(plan->etag), "\"changed-%llx\"", (unsigned long long)version);
    else if (strcmp(etag, "none") != 0)
        origin_text_copy(plan->etag, sizeof(plan->etag), etag, strlen(etag));
}

/* Last-Modified and ETag as they are before the content changes, or after. */
static bool plan_set_validators(struct origin_plan *plan)
{
    const struct origin_script *script = &plan->script;
    const struct origin_content *content = &plan->content;
    bool is_changed = plan->ordinal >= script->etagchange;
    uint64_t modified = content->file && !script->lm[0] ? content->modified : OLD_TIME;
    if (!strcmp(script->lm, "recent"))
        modified = plan->origin->started;
    else if (script->lm[0] >= '0' && script->lm[0] <= '9')
        modified = text_value(script->lm);
    if (is_changed)
        modified += SECONDS_PER_DAY;
    if (strcmp(script->lm, "none") != 0)
        origin_text_date(plan->modified, modified);

    plan_set_etag(plan, is_changed);

    if (plan->ordinal >= script->sizechange_from)
        plan->content.size = script->sizechange_size;
    plan->length = plan->content.size;
    return false;
}

/* An If-Range that does not name what is there now turns a range into the whole. */
static bool if_range_holds(const struct origin_plan *plan)
{
    char value[256];
    if (plan->script.noifrange || !origin_head_value(plan->head->headers, "If-Range", value, sizeof(value)))
        return true;
    bool is_strong = plan->etag[0] && strncmp(plan->etag, "W/", 2) != 0;
    return (is_strong && !strcmp(value, plan->etag)) || (plan->modified[0] && !strcmp(value, plan->modified));
}

static void plan_multipart(struct origin_plan *plan)
{
    plan->is_multipart = true;
    origin_text_format(&plan->text,
                       "--origin-part\r\nContent-Type: application/octet-stream\r\n"
                       "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
                       (unsigned long long)plan->first, (unsigned long long)(plan->first + plan->length - 1),
                       (unsigned long long)plan->content.size);
    origin_text_format(&plan->tail, "\r\n--origin-part--\r\n");
}

static bool plan_choose_range(struct origin_plan *plan)
{
    const struct origin_script *script = &plan->script;
    plan->status = script->status ? (unsigned)script->status : 200;
    char value[256];
    if (script->norange || script->status || !if_range_holds(plan) ||
        !origin_head_value(plan->head->headers, "Range", value, sizeof(value)))
        return true;

    uint64_t first;
    uint64_t length;
    enum origin_range range = origin_range_parse(value, plan->content.size, &first, &length);
    if (range == ORIGIN_RANGE_UNSATISFIABLE) {
        plan->has_content = false;
        origin_plan_text(plan, 416, "range not satisfiable\n");
    } else if (range == ORIGIN_RANGE_ONE || (range == ORIGIN_RANGE_MULTIPLE && script->multipart)) {
        plan->status = 206;
        plan->first = first;
        plan->length = length;
        if (!strcmp(script->cr, "wider") && first + length < plan->content.size)
            plan->length++;
        if (!strcmp(script->cr, "narrower") && length > 1)
            plan->length--;
        if (script->multipart)
            plan_multipart(plan);
    }
    return true;
}

void origin_plan_make(struct origin_plan *plan, const struct origin_ticket *ticket)
{
    static bool (*const steps[])(struct origin_plan * plan) = {
        plan_check_method, plan_fail_first,   plan_authorize,      plan_redirect,
        plan_fixed_status, plan_open_content, plan_set_validators, plan_choose_range,
    };
    origin_script_clear(&plan->script);
    plan->now = origin_now();
    if (origin_control_answer(plan) || plan_read_script(plan))
        return;

    /* Counting goes through all requests, so only where the answer depends on it. */
    const struct origin_script *script = &plan->script;
    bool is_counted = script->failfirst > 0 || script->from > 0 || script->times > 0 || script->drops > 0 ||
                      script->etagchange != ORIGIN_NEVER || script->sizechange_from != ORIGIN_NEVER ||
                      script->dropat[0];
    plan->ordinal = ticket && is_counted ? origin_book_ordinal(&plan->origin->book, ticket) : 1;
    origin_script_settle(&plan->script, plan->ordinal);
    if (!strcmp(plan->script.lm, "recent"))
        plan->now = plan->origin->started + RECENT_AGE;
    if (plan->script.date[0] >= '0' && plan->script.date[0] <= '9')
        plan->now = text_value(plan->script.date);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (steps[i](plan))
            return;
    }
}

void origin_plan_release(struct origin_plan *plan)
{
    origin_content_close(&plan->content);
    origin_text_release(&plan->text);
    origin_text_release(&plan->tail);
    origin_text_release(&plan->location);
    origin_text_release(&plan->challenge);
}
