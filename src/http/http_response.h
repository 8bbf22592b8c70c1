/* What an answer's status and headers say, and the one decision whether its body may count for what was asked. Pure. */
#ifndef DOSVC_HTTP_RESPONSE_H
#define DOSVC_HTTP_RESPONSE_H

#include "range_layout.h"

#define HTTP_ETAG_MAX 255 /* characters; a longer one counts as none */
#define HTTP_DATE_MAX 33  /* the longest date: "Wednesday, 09-Nov-94 08:49:37 GMT" */

/* A header's number: it can be missing, right, or nonsense (not digits, above INT64_MAX, two that differ). */
enum http_number_state { HTTP_NUMBER_ABSENT, HTTP_NUMBER_VALID, HTTP_NUMBER_BAD };
struct http_number {
    enum http_number_state state;
    uint64_t value;
};

/* Content-Range: bytes first-last/total, or bytes * /total (is_unsatisfied). total is SIZE_UNKNOWN for '*'. */
struct http_content_range {
    enum http_number_state state;
    bool is_unsatisfied;
    uint64_t first;
    uint64_t last; /* inclusive, as in the header; last >= first, last < total */
    uint64_t total;
};

/* What makes two answers the same version of a resource. */
struct http_validator {
    /* Strong entity tag with its quotes; empty without one (weak ones are not kept). */
    char16_t etag[HTTP_ETAG_MAX + 1];
    /* The header's own text, only when it is at least 60 s older than Date; empty otherwise. */
    char16_t last_modified[HTTP_DATE_MAX + 1];
};

struct http_answer {
    uint32_t status;
    struct http_number content_length;
    struct http_content_range content_range;
    struct http_validator validator;
    uint64_t last_modified; /* FILETIME units; 0 when missing or malformed. For the delivered file's times */
    /* From seconds or a date (relative to Date, else to `utc`); at most one hour; 0 without one. */
    uint64_t retry_after_ms;
    bool is_identity;  /* no Content-Encoding, or identity; no Transfer-Encoding but chunked */
    bool is_multipart; /* Content-Type: multipart/byteranges */
    bool says_end;     /* how its body ends: by a length, by chunks or with the connection. Else it may be cut off */
};

/* Raw header values as the transport has them; NULL = header not there. For a header that came more than once the transport joins the
 * values with ", ". `utc` is now, in FILETIME units. */
struct http_raw_headers {
    const char16_t *content_length, *content_range, *content_type, *content_encoding;
    const char16_t *etag, *last_modified, *date, *retry_after;
    const char16_t *transfer_encoding, *connection;
};
void http_answer_parse(struct http_answer *answer, uint32_t status, const struct http_raw_headers *raw, uint64_t utc);

/* IMF-fixdate, RFC 850 and asctime forms, to FILETIME units; false when malformed. */
bool http_date_parse(const char16_t *text, uint64_t *time);

bool http_validator_is_present(const struct http_validator *validator);
/* Is `now` the version that `then` was? By ETag when `then` has one, else by Last-Modified; nothing to compare: false. */
bool http_validator_matches(const struct http_validator *then, const struct http_validator *now);

/* What was asked. */
struct http_expectation {
    bool has_range; /* a Range header was sent: bytes first-(first+length-1), or first- when length is RANGE_TO_END */
    uint64_t first, length; /* without has_range: 0, RANGE_TO_END */
    uint64_t total;         /* size of the remote file as known so far, else SIZE_UNKNOWN */
    const struct http_validator
        *validator; /* the version that the bytes so far belong to (sent as If-Range); NULL on a fresh start */
};

enum http_verdict {
    HTTP_BODY, /* the body counts: it starts at body_first and has body_length bytes (SIZE_UNKNOWN: until it ends) */
    HTTP_EMPTY_FILE, /* 416 with a total of 0, or 200 of length 0: the file is empty and complete */
    HTTP_AT_END,     /* 416 whose total equals `first`: nothing is missing */
    HTTP_SOURCE_CHANGED, /* validator or size differ, or a 206/200 that does not continue what we have: start that file again */
    HTTP_FAILED          /* hr says what; is_transient says whether to try again */
};

struct http_decision {
    enum http_verdict verdict;
    HRESULT
    hr; /* for HTTP_FAILED (also the reason of HTTP_SOURCE_CHANGED): HTTP status codes, DO_E_* of docs/API.md, "Errors" */
    bool is_transient;
    bool is_whole;       /* HTTP_BODY: a 200, i.e. the whole file from its byte 0, though a range may have been asked */
    uint64_t body_first; /* position of the body's first byte in the remote file */
    uint64_t body_length;
    uint64_t total; /* size of the remote file if the answer tells it, else SIZE_UNKNOWN */
};

/* Checks, in this order: status class; an encoding nobody asked for (HTTP_FAILED); for 206: a range was asked for, one Content-Range, not multipart, starting exactly at
 * `first`, not beyond what was asked (DO_E_INSUFFICIENT_RANGE_SUPPORT), its length equal to Content-Length if both are there, total and validator equal to those known; for
 * 200: Content-Length not BAD (HTTP_FAILED), validator on a continuation and Content-Length equal to those known. Where no other code is named: DO_E_HTTP_BLOCKSIZE_MISMATCH.
 * 206 may be shorter than asked (the rest is asked for again). 416: a total below `first` is HTTP_SOURCE_CHANGED with DO_E_INVALID_RANGE, any other than the known one with
 * DO_E_HTTP_BLOCKSIZE_MISMATCH, the rest with the status; HTTP_FAILED when no range was asked for. Statuses: docs/API.md, "Transient or fatal". */
void http_answer_judge(const struct http_answer *answer, const struct http_expectation *expected,
                       struct http_decision *decision);

/* The class of a status that is neither 200, 206 nor 416: true when trying again may help. */
bool http_status_is_transient(uint32_t status);

#endif
