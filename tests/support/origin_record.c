#include "origin_record.h"

#include "origin_state.h"

#include <stdlib.h>
#include <string.h>

struct origin_record {
    char method[16];
    char *target;  /* owned, together with the headers */
    char *headers; /* in the same block */
    unsigned connection;
    unsigned status;
    bool is_proxied;
    bool is_finished;
    uint64_t bytes_sent;
};

bool origin_book_open(struct origin_book *book, const wchar_t *log_path)
{
    InitializeSRWLock(&book->lock);
    InitializeConditionVariable(&book->changed);
    if (!log_path)
        return true;
    HANDLE log = CreateFileW(log_path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS,
                             FILE_ATTRIBUTE_NORMAL, NULL);
    if (log == INVALID_HANDLE_VALUE)
        return false;
    book->log = log;
    return true;
}

static void book_clear(struct origin_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        free(book->records[i].target);
    book->count = 0;
    book->bytes_sent = 0;
}

void origin_book_close(struct origin_book *book)
{
    book_clear(book);
    free(book->records);
    for (size_t i = 0; i < book->gate_count; i++)
        CloseHandle(book->gates[i].event);
    if (book->log)
        CloseHandle(book->log);
}

static bool book_grow(struct origin_book *book)
{
    if (book->count < book->capacity)
        return true;
    if (book->count >= ORIGIN_RECORDS_MAX)
        return false;
    size_t capacity = book->capacity * 2 + 64;
    struct origin_record *records = realloc(book->records, capacity * sizeof(*records));
    if (!records)
        return false;
    book->records = records;
    book->capacity = capacity;
    return true;
}

bool origin_book_add(struct origin_book *book, const struct origin_head *head, unsigned connection,
                     struct origin_ticket *ticket)
{
    size_t target = strlen(head->target) + 1;
    size_t headers = strlen(head->headers) + 1;
    struct origin_record record = {
        .connection = connection, .is_proxied = head->is_proxied, .target = malloc(target + headers)};
    if (!record.target)
        return false;
    memcpy(record.target, head->target, target);
    record.headers = record.target + target;
    memcpy(record.headers, head->headers, headers);
    memcpy(record.method, head->method, sizeof(record.method));

    AcquireSRWLockExclusive(&book->lock);
    bool has_room = book_grow(book);
    if (has_room) {
        ticket->index = book->count;
        ticket->generation = book->generation;
        book->records[book->count++] = record;
    }
    ReleaseSRWLockExclusive(&book->lock);
    if (has_room)
        WakeAllConditionVariable(&book->changed);
    else
        free(record.target);
    return has_room;
}

uint64_t origin_book_ordinal(struct origin_book *book, const struct origin_ticket *ticket)
{
    uint64_t ordinal = 1;
    AcquireSRWLockShared(&book->lock);
    if (ticket->generation == book->generation) {
        const char *target = book->records[ticket->index].target;
        size_t path = strcspn(target, "?");
        for (size_t i = 0; i < ticket->index; i++) {
            const char *other = book->records[i].target;
            ordinal += strcspn(other, "?") == path && !memcmp(other, target, path);
        }
    }
    ReleaseSRWLockShared(&book->lock);
    return ordinal;
}

void origin_book_sent(struct origin_book *book, const struct origin_ticket *ticket, int64_t bytes)
{
    AcquireSRWLockExclusive(&book->lock);
    if (ticket->generation == book->generation) {
        book->bytes_sent += (uint64_t)bytes;
        book->records[ticket->index].bytes_sent += (uint64_t)bytes;
    }
    ReleaseSRWLockExclusive(&book->lock);
}

/* Header values come from a client: a tab or control character must not look like a column or line of ours. */
static void line_append_value(struct origin_text *line, const char *value)
{
    for (const char *byte = value; *byte; byte++)
        origin_text_append(line, *byte > ' ' && *byte < 0x7f ? byte : "?", 1);
    origin_text_append(line, *value ? "\t" : "-\t", *value ? 1 : 2);
}

static void line_append_request(struct origin_text *line, const char *method, const char *target, const char *headers)
{
    char range[128];
    char if_range[256];
    origin_head_value(headers, "Range", range, sizeof(range));
    origin_head_value(headers, "If-Range", if_range, sizeof(if_range));
    line_append_value(line, method);
    line_append_value(line, target);
    line_append_value(line, range);
    line_append_value(line, if_range);
}

void origin_book_finish(struct origin_book *book, const struct origin_ticket *ticket, const struct origin_head *head,
                        unsigned status, uint64_t bytes_sent)
{
    struct origin_text line = {0};
    if (book->log) {
        line_append_request(&line, head->method, head->target, head->headers);
        origin_text_format(&line, "%u\t%llu\n", status, (unsigned long long)bytes_sent);
    }

    AcquireSRWLockExclusive(&book->lock);
    if (ticket->generation == book->generation) {
        struct origin_record *record = &book->records[ticket->index];
        record->status = status;
        record->is_finished = true;
    }
    DWORD written;
    if (line.length > 0 && origin_text_is_good(&line))
        WriteFile(book->log, line.bytes, (DWORD)line.length, &written, NULL);
    ReleaseSRWLockExclusive(&book->lock);
    WakeAllConditionVariable(&book->changed);
    origin_text_release(&line);
}

HANDLE origin_book_gate(struct origin_book *book, const char *name)
{
    HANDLE event = NULL;
    AcquireSRWLockExclusive(&book->lock);
    for (size_t i = 0; i < book->gate_count && !event; i++) {
        if (!strcmp(book->gates[i].name, name))
            event = book->gates[i].event;
    }
    struct origin_gate *gate = &book->gates[book->gate_count];
    if (!event && book->gate_count < ORIGIN_GATES_MAX &&
        origin_text_copy(gate->name, sizeof(gate->name), name, strlen(name))) {
        event = CreateEventW(NULL, TRUE, FALSE, NULL);
        gate->event = event;
        book->gate_count += event != NULL;
    }
    ReleaseSRWLockExclusive(&book->lock);
    return event;
}

void origin_book_list(struct origin_book *book, struct origin_text *text)
{
    AcquireSRWLockShared(&book->lock);
    for (size_t i = 0; i < book->count; i++) {
        const struct origin_record *record = &book->records[i];
        line_append_request(text, record->method, record->target, record->headers);
        if (record->is_finished)
            origin_text_format(text, "%u\t%llu\n", record->status, (unsigned long long)record->bytes_sent);
        else
            origin_text_append(text, "-\t-\n", 4);
    }
    ReleaseSRWLockShared(&book->lock);
}

void origin_book_list_headers(struct origin_book *book, struct origin_text *text)
{
    AcquireSRWLockShared(&book->lock);
    for (size_t i = 0; i < book->count; i++) {
        const struct origin_record *record = &book->records[i];
        origin_text_format(text, "%s %s\r\n", record->method, record->target);
        origin_text_append(text, record->headers, strlen(record->headers));
        origin_text_append(text, "\r\n", 2);
    }
    ReleaseSRWLockShared(&book->lock);
}

void origin_book_reset(struct origin_book *book)
{
    AcquireSRWLockExclusive(&book->lock);
    book_clear(book);
    book->generation++;
    for (size_t i = 0; i < book->gate_count; i++)
        ResetEvent(book->gates[i].event);
    ReleaseSRWLockExclusive(&book->lock);
}

/* Requires the lock, shared at least. */
static size_t book_count(const struct origin_book *book, const char *prefix, bool finished_only)
{
    size_t length = strlen(prefix);
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct origin_record *record = &book->records[i];
        count += (record->is_finished || !finished_only) && !strncmp(record->target, prefix, length);
    }
    return count;
}

static bool book_wait(struct origin_book *book, const char *prefix, bool finished_only, size_t count,
                      unsigned timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    bool is_reached;
    AcquireSRWLockShared(&book->lock);
    for (;;) {
        is_reached = book_count(book, prefix, finished_only) >= count;
        ULONGLONG now = GetTickCount64();
        if (is_reached || now >= deadline)
            break;
        SleepConditionVariableSRW(&book->changed, &book->lock, (DWORD)(deadline - now),
                                  CONDITION_VARIABLE_LOCKMODE_SHARED);
    }
    ReleaseSRWLockShared(&book->lock);
    return is_reached;
}

size_t origin_request_count(struct origin *origin, const char *prefix)
{
    AcquireSRWLockShared(&origin->book.lock);
    size_t count = book_count(&origin->book, prefix, false);
    ReleaseSRWLockShared(&origin->book.lock);
    return count;
}

uint64_t origin_bytes_sent(struct origin *origin)
{
    AcquireSRWLockShared(&origin->book.lock);
    uint64_t bytes = origin->book.bytes_sent;
    ReleaseSRWLockShared(&origin->book.lock);
    return bytes;
}

bool origin_wait_requests(struct origin *origin, const char *prefix, size_t count, unsigned timeout_ms)
{
    return book_wait(&origin->book, prefix, false, count, timeout_ms);
}

bool origin_wait_finished(struct origin *origin, const char *prefix, size_t count, unsigned timeout_ms)
{
    return book_wait(&origin->book, prefix, true, count, timeout_ms);
}

bool origin_request_at(struct origin *origin, size_t index, struct origin_request *copy)
{
    struct origin_book *book = &origin->book;
    memset(copy, 0, sizeof(*copy));
    AcquireSRWLockShared(&book->lock);
    bool is_there = index < book->count;
    if (is_there) {
        const struct origin_record *record = &book->records[index];
        memcpy(copy->method, record->method, sizeof(copy->method));
        origin_text_copy(copy->target, sizeof(copy->target), record->target, strlen(record->target));
        origin_text_copy(copy->headers, sizeof(copy->headers), record->headers, strlen(record->headers));
        copy->connection = record->connection;
        copy->is_proxied = record->is_proxied;
        copy->is_finished = record->is_finished;
        copy->status = record->status;
        copy->bytes_sent = record->bytes_sent;
    }
    ReleaseSRWLockShared(&book->lock);

    origin_head_value(copy->headers, "Range", copy->range, sizeof(copy->range));
    origin_head_value(copy->headers, "If-Range", copy->if_range, sizeof(copy->if_range));
    origin_head_value(copy->headers, "Authorization", copy->authorization, sizeof(copy->authorization));
    origin_head_value(copy->headers, "Proxy-Authorization", copy->proxy_authorization,
                      sizeof(copy->proxy_authorization));
    return is_there;
}

bool origin_open_gate(struct origin *origin, const char *name)
{
    HANDLE event = origin_book_gate(&origin->book, name);
    return event && SetEvent(event);
}

void origin_close_gate(struct origin *origin, const char *name)
{
    HANDLE event = origin_book_gate(&origin->book, name);
    if (event)
        ResetEvent(event);
}

void origin_reset(struct origin *origin)
{
    origin_book_reset(&origin->book);
}
