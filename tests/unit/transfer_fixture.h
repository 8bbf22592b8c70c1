/* One transfer over a scripted network onto a disk of one file. */
#ifndef TRANSFER_FIXTURE_H
#define TRANSFER_FIXTURE_H

#include "fake_file.h"
#include "fake_http.h"
#include "transfer.h"

#define MIB (1024ull * 1024)

struct transfer_fixture {
    struct fake_http http;
    struct fake_file disk;
    struct sink *sink;
    struct transfer transfer;
    struct transfer_events events;
    unsigned headers_calls;
    unsigned refusals;          /* so often no byte is allowed at first */
    bool is_revoked_by_refusal; /* at the last of these */
    size_t allowance;           /* bytes a read; 0: all */
    uint64_t given_back;
    struct transfer_facts headers; /* as announced */
};

extern struct transfer_fixture fixture;

/* Set-up and tear-down of each test; the latter checks that nothing was left open. */
int transfer_fixture_set_up(void **state);
int transfer_fixture_tear_down(void **state);

/* The file's first request, of one segment. */
void ask_first(uint64_t length);
/* A later request, of a version that is known by its ETag. */
void ask_later(uint64_t first, uint64_t length, uint64_t total);
void ask_whole(void);

/* Answers; the headers are literals. */
struct fake_http_answer *answer_part(uint64_t first, uint64_t length, const char16_t *content_range);
struct fake_http_answer *answer_whole(uint64_t length, const char16_t *content_length);
struct fake_http_answer *answer_status(uint32_t status);

const struct transfer_result *run(void);

void assert_outcome(enum transfer_outcome outcome, HRESULT hr);
void assert_failure(HRESULT hr, bool is_transient, bool is_network, bool is_local);
/* `count` bytes of the remote file from `remote` on are at `local` in the local one, and `written` says so. */
void assert_written(uint64_t local, uint64_t remote, uint64_t count);
void assert_request(size_t index, bool has_range, uint64_t first, uint64_t length, const char16_t *if_range);

#endif
