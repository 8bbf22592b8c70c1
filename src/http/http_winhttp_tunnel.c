#include "http_winhttp_tunnel.h"

#include "log.h"
#include "memory.h"

#include <string.h>

/* A line that is withheld. */
struct http_withheld {
    struct http_withheld *next;
    uint32_t how;
    size_t size;       /* of the whole, in bytes */
    char16_t *removal; /* "Name:", which takes one of that name out of the request; after the line */
    char16_t line[];
};

HRESULT http_winhttp_tunnel_withhold(struct http_exchange *exchange, const char16_t *line, size_t length, uint32_t how)
{
    size_t name = 0;
    while (line[name] != u':')
        name++;
    size_t size = sizeof(struct http_withheld) + (length + 1 + name + 2) * sizeof(*line);
    struct http_withheld *withheld = mem_alloc(size);
    if (!withheld)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a request");
    withheld->how = how;
    withheld->size = size;
    withheld->removal = withheld->line + length + 1;
    memcpy(withheld->line, line, length * sizeof(*line));
    memcpy(withheld->removal, line, (name + 1) * sizeof(*line));
    struct http_withheld **last = &exchange->withheld;
    while (*last)
        last = &(*last)->next;
    *last = withheld;
    return S_OK;
}

void http_winhttp_tunnel_begins(struct http_exchange *exchange)
{
    for (const struct http_withheld *withheld = exchange->withheld; withheld; withheld = withheld->next)
        exchange->api->add_request_headers(exchange->request, withheld->removal, (DWORD)-1,
                                           WINHTTP_ADDREQ_FLAG_REPLACE);
}

void http_winhttp_tunnel_is_open(struct http_exchange *exchange)
{
    exchange->tunnel_error = ERROR_SUCCESS;
    for (const struct http_withheld *withheld = exchange->withheld; withheld && !exchange->tunnel_error;
         withheld = withheld->next) {
        if (!exchange->api->add_request_headers(exchange->request, withheld->line, (DWORD)-1, withheld->how))
            exchange->tunnel_error = GetLastError();
    }
}

bool http_winhttp_tunnel_check(const struct http_exchange *exchange)
{
    DWORD error = exchange->is_connection_new ? exchange->tunnel_error : ERROR_WINHTTP_CONNECTION_ERROR;
    if (!exchange->withheld || !error)
        return true;
    SetLastError(error);
    return false;
}

void http_winhttp_tunnel_forget(struct http_exchange *exchange)
{
    while (exchange->withheld) {
        struct http_withheld *withheld = exchange->withheld;
        exchange->withheld = withheld->next;
        mem_wipe(withheld, withheld->size);
        mem_free(withheld);
    }
}
