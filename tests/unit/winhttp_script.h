/* A WinHTTP that a test scripts, behind the transport's table of functions: for what Wine's cannot do (schemes of
 * authentication, reasons of refused certificates, automatic proxies), and for failing every call in turn. It touches no
 * network. For one thread. */
#ifndef WINHTTP_SCRIPT_H
#define WINHTTP_SCRIPT_H

#include "http_winhttp_api.h"

#include <stdbool.h>

/* What one WinHttpSendRequest and WinHttpReceiveResponse come to. */
struct winhttp_answer {
    DWORD send_error;        /* not 0: sending fails with it */
    DWORD secure_faults;     /* told to the status callback while sending */
    bool is_connection_kept; /* of another request */
    DWORD receive_error;
    DWORD status;  /* 0: 200 */
    DWORD schemes; /* WINHTTP_AUTH_SCHEME_* of its challenge */
    const wchar_t *location;
    DWORD data_error, read_error; /* of its body: to ask how much is there fails, or to read the byte that is */
    bool is_chunked, is_cut;      /* its headers say so; they do not come to their end */
};

struct winhttp_script {
    bool is_windows;                  /* not Wine */
    struct winhttp_answer answers[8]; /* in turn; after the last one, status 200 */

    /* The settings of the user and of the machine. */
    bool has_user_settings, detects, has_machine_settings;
    const wchar_t *configuration, *user_list, *user_bypass, *machine_list;
    /* What automatic configuration says, by detection and by script. NULL: it fails; L"": no proxy. */
    const wchar_t *detected, *configured;

    bool has_certificate; /* in each store */

    unsigned failing_at; /* the number-th call that can fail does; 0: none */
    DWORD failing_with;

    /* What was done. */
    unsigned calls; /* that can fail */
    unsigned sends;
    int open_handles, open_stores, open_certificates;
    wchar_t log[16384]; /* a line for each call that tells something */
};

extern struct winhttp_script winhttp_script;
extern const struct http_winhttp_api winhttp_script_api;

void winhttp_script_reset(void);

/* How often the log has the line. */
unsigned winhttp_script_count(const wchar_t *line);

#endif
