#include "origin_respond.h"

#include "origin_plan.h"
#include "origin_send.h"
#include "origin_tunnel.h"

#include <string.h>

#define LONG_HEADER_SIZE 65536u

/* A response about to go out: the plan, and what of its length is announced and what is true. */
struct response {
    struct origin_plan plan;
    struct origin_text header;
    bool has_body; /* false for HEAD and statuses without one */
    bool is_chunked;
    bool keeps_alive;
    uint64_t announced; /* length of the body by rights */
    uint64_t content;   /* bytes of content that really go out */
};

static const char *status_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } rows[] = {
        {200, "OK"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {407, "Proxy Authentication Required"},
        {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == status)
            return rows[i].reason;
    }
    return "Status";
}

static void response_measure(struct response *response, const struct origin_head *head)
{
    const struct origin_plan *plan = &response->plan;
    const struct origin_script *script = &plan->script;
    bool status_has_body = plan->status != 204 && plan->status != 304;
    uint64_t content = plan->has_content ? plan->length : 0;
    uint64_t missing = script->shorter < content ? script->shorter : content;

    response->has_body = status_has_body && strcmp(head->method, "HEAD") != 0;
    response->announced = plan->text.length + content + plan->tail.length;
    response->content = content - missing + (plan->has_content ? script->longer : 0);
    response->is_chunked = script->chunked && status_has_body && !head->is_http10;
    /* After a body that lies about its length, a further response would be misread. */
    response->keeps_alive = head->wants_keep_alive && !script->nolength && !script->longer && !script->shorter &&
                            !script->clen[0] && (!strcmp(head->method, "GET") || !strcmp(head->method, "HEAD"));
}

/* Where the bytes that go out begin: a range that is not the one that was asked for is what its header says. */
static uint64_t content_first(const struct origin_plan *plan)
{
    if (plan->status == 206 && !strcmp(plan->script.cr, "wrong"))
        return plan->first + plan->length;
    if (plan->status == 206 && !strcmp(plan->script.cr, "shifted"))
        return plan->first + 1;
    return plan->first;
}

static void write_content_range(struct response *response)
{
    const struct origin_plan *plan = &response->plan;
    const char *how = plan->script.cr;
    unsigned long long first = content_first(plan);
    unsigned long long last = first + plan->length - 1;
    unsigned long long total = plan->content.size;
    struct origin_text *header = &response->header;

    /* A status that was asked for tells nothing of a range, and the parts of a multipart body tell it themselves. */
    if (plan->script.status || plan->is_multipart || !strcmp(how, "missing"))
        return;
    if (plan->status == 416)
        origin_text_format(header, "Content-Range: bytes */%llu\r\n", total);
    if (plan->status != 206)
        return;
    if (!strcmp(how, "wrong"))
        origin_text_format(header, "Content-Range: bytes %llu-%llu/%llu\r\n", first, last, last + 1);
    else if (!strcmp(how, "total"))
        origin_text_format(header, "Content-Range: bytes %llu-%llu/%llu\r\n", first, last, total + 1);
    else if (!strcmp(how, "unknown"))
        origin_text_format(header, "Content-Range: bytes %llu-%llu/*\r\n", first, last);
    else if (!strcmp(how, "garbage"))
        origin_text_format(header, "Content-Range: bytes none-of/yours\r\n");
    else
        origin_text_format(header, "Content-Range: bytes %llu-%llu/%llu\r\n", first, last, total);
}

static void write_content_length(struct response *response)
{
    const struct origin_script *script = &response->plan.script;
    unsigned long long announced = response->announced;
    struct origin_text *header = &response->header;

    if (response->is_chunked)
        origin_text_format(header, "Transfer-Encoding: chunked\r\n");
    if (response->is_chunked || script->nolength || response->plan.status == 204)
        return;
    if (!strcmp(script->clen, "lie"))
        announced = script->clen_value != ORIGIN_NEVER ? script->clen_value : announced + 1;
    if (!strcmp(script->clen, "negative"))
        origin_text_format(header, "Content-Length: -1\r\n");
    else if (!strcmp(script->clen, "garbage"))
        origin_text_format(header, "Content-Length: 12abc\r\n");
    else
        origin_text_format(header, "Content-Length: %llu\r\n", announced);
    if (!strcmp(script->clen, "duplicate"))
        origin_text_format(header, "Content-Length: %llu\r\n", announced + 1);
}

static void write_content_headers(struct response *response)
{
    const struct origin_plan *plan = &response->plan;
    struct origin_text *header = &response->header;
    const char *type = plan->is_multipart  ? "multipart/byteranges; boundary=origin-part"
                       : plan->has_content ? "application/octet-stream"
                                           : "text/plain";
    origin_text_format(header, "Content-Type: %s\r\n", type);
    if (plan->modified[0])
        origin_text_format(header, "Last-Modified: %s\r\n", plan->modified);
    if (plan->etag[0])
        origin_text_format(header, "ETag: %s\r\n", plan->etag);
    if (plan->has_content)
        origin_text_format(header, "Accept-Ranges: %s\r\n", plan->script.norange ? "none" : "bytes");
    if (plan->script.gzip)
        origin_text_format(header, "Content-Encoding: gzip\r\n");
}

static void write_answer_headers(struct response *response)
{
    const struct origin_plan *plan = &response->plan;
    const struct origin_script *script = &plan->script;
    struct origin_text *header = &response->header;
    char date[ORIGIN_DATE_SIZE];

    if (!strcmp(script->retryafter, "date")) {
        origin_text_date(date,
                         plan->now + (script->retryafter_seconds != ORIGIN_NEVER ? script->retryafter_seconds : 2));
        origin_text_format(header, "Retry-After: %s\r\n", date);
    } else if (script->retryafter[0]) {
        origin_text_format(header, "Retry-After: %s\r\n", script->retryafter);
    }
    if (plan->location.length > 0)
        origin_text_format(header, "Location: %s\r\n", plan->location.bytes);
    if (plan->challenge.length > 0)
        origin_text_append(header, plan->challenge.bytes, plan->challenge.length);
}

static void write_strange_headers(struct response *response)
{
    static const char nul_header[] = "X-Nul: a\0b\r\n";
    const struct origin_script *script = &response->plan.script;
    struct origin_text *header = &response->header;
    if (script->nul)
        origin_text_append(header, nul_header, sizeof(nul_header) - 1);
    for (uint64_t i = 0; i < script->headers && origin_text_is_good(header); i++)
        origin_text_format(header, "X-Extra-%llu: value\r\n", (unsigned long long)i);
    if (script->header64k) {
        origin_text_format(header, "X-Long: ");
        for (size_t i = 0; i < LONG_HEADER_SIZE; i++)
            origin_text_append(header, "x", 1);
        origin_text_format(header, "\r\n");
    }
}

static void write_header(struct response *response)
{
    const struct origin_plan *plan = &response->plan;
    struct origin_text *header = &response->header;
    char date[ORIGIN_DATE_SIZE];
    origin_text_format(header, "HTTP/1.1 %u %s\r\n", plan->status, status_reason(plan->status));
    if (strcmp(plan->script.date, "none") != 0) {
        origin_text_date(date, plan->now);
        origin_text_format(header, "Date: %s\r\n", date);
    }
    write_answer_headers(response);
    write_content_headers(response);
    write_content_range(response);
    write_content_length(response);
    write_strange_headers(response);
    /* A liar about lengths does not say that it will close. */
    bool says_close = plan->script.nolength || !response->plan.head->wants_keep_alive;
    origin_text_format(header, "%s\r\n", says_close ? "Connection: close\r\n" : "");
}

static uint64_t random_place(const struct response *response)
{
    uint64_t word;
    uint64_t total = response->header.length + (response->has_body ? response->announced : 0);
    origin_fill(response->plan.script.seed ^ UINT64_C(0x5EED), 8 * response->plan.ordinal, &word, sizeof(word));
    return word % total;
}

static void response_mark(const struct response *response, struct origin_sender *sender)
{
    const struct origin_script *script = &response->plan.script;
    if (script->gate[0])
        origin_sender_mark(sender, 0, false, script->gate);
    if (script->gatebody[0])
        origin_sender_mark(sender, script->gatebody_at, true, script->gatebody);
    origin_sender_mark(sender, script->stall, false, "stall");
    if (script->dropheaders || response->plan.drops_at_once)
        origin_sender_mark(sender, 0, false, NULL);
    if (script->dropat[0])
        origin_sender_mark(sender, random_place(response), false, NULL);
    origin_sender_mark(sender, script->drop, false, NULL);
    origin_sender_mark(sender, script->dropbody, true, NULL);
}

/* Sends a response that was planned. True when all of it went out and the connection may go on. */
static bool response_send(struct response *response, struct origin_sender *sender)
{
    const struct origin_plan *plan = &response->plan;
    response_measure(response, plan->head);
    write_header(response);
    if (!origin_text_is_good(&response->header) || !origin_text_is_good(&plan->text))
        return false;

    response_mark(response, sender);
    sender->is_chunked = response->is_chunked && response->has_body;
    sender->trickle_bytes = plan->script.trickle_bytes;
    sender->trickle_ms =
        (DWORD)(plan->script.trickle_ms < ORIGIN_HOLD_LIMIT_MS ? plan->script.trickle_ms : ORIGIN_HOLD_LIMIT_MS);
    origin_sender_headers(sender, response->header.bytes, response->header.length);
    if (response->has_body) {
        origin_sender_body(sender, plan->text.bytes, plan->text.length);
        if (plan->has_content)
            origin_sender_content(sender, &plan->content, content_first(plan), response->content);
        origin_sender_body(sender, plan->tail.bytes, plan->tail.length);
    }
    bool is_whole = origin_sender_finish(sender);
    sender->connection->wants_reset = sender->is_dropped && plan->script.reset;
    return is_whole && response->keeps_alive;
}

static void response_release(struct response *response)
{
    origin_plan_release(&response->plan);
    origin_text_release(&response->header);
}

bool origin_respond(struct origin_connection *connection, const struct origin_head *head)
{
    struct origin_book *book = &connection->origin->book;
    struct origin_ticket ticket;
    bool is_recorded = strncmp(head->path, "/control/", 9) != 0;
    if (is_recorded && !origin_book_add(book, head, connection->number, &ticket)) {
        origin_respond_refusal(connection, 503);
        return false;
    }

    if (!strcmp(head->method, "CONNECT")) {
        uint64_t sent = origin_tunnel_serve(connection, head);
        origin_book_finish(book, &ticket, head, 200, sent);
        return false;
    }

    struct response response = {.plan = {.origin = connection->origin, .head = head}};
    struct origin_sender sender = {.connection = connection, .ticket = is_recorded ? &ticket : NULL};
    origin_plan_make(&response.plan, sender.ticket);
    bool goes_on = response_send(&response, &sender);
    if (is_recorded)
        origin_book_finish(book, &ticket, head, sender.sent > 0 ? response.plan.status : 0, sender.sent);
    response_release(&response);
    return goes_on;
}

void origin_respond_refusal(struct origin_connection *connection, unsigned status)
{
    const struct origin_head head = {.method = "GET", .query = "", .headers = ""};
    struct response response = {.plan = {.origin = connection->origin, .head = &head, .now = origin_now()}};
    struct origin_sender sender = {.connection = connection};
    origin_script_clear(&response.plan.script);
    origin_plan_text(&response.plan, status, "refused\n");
    response_send(&response, &sender);
    response_release(&response);
}
