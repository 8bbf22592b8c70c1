#include "error_text.h"
#include "error_text_tables.h"

static const struct error_text_table *const tables[] = {
    &error_text_delivery_optimization,
    &error_text_bits,
    &error_text_http_status,
    &error_text_winhttp,
};

static const struct error_text *find_row(HRESULT hr)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        for (size_t row = 0; row < tables[i]->count; row++) {
            if (tables[i]->rows[row].hr == hr) {
                return &tables[i]->rows[row];
            }
        }
    }
    return NULL;
}

/* A status without a row of its own still tells by its first digit who is to blame. */
static const char16_t *http_class_text(HRESULT hr)
{
    uint32_t status = (uint32_t)hr & 0xFFFF;

    if (hr != HRESULT_OF_HTTP_STATUS(status)) {
        return NULL;
    }
    switch (status / 100) {
    case 1: return u"The server answered with a preliminary HTTP status and nothing after it.";
    case 2: return u"The server answered with an HTTP status of success that does not fit the request.";
    case 3: return u"The server answered with an HTTP redirection that cannot be followed.";
    case 4: return u"The server refused the request with an HTTP status that blames the client.";
    case 5: return u"The server failed to answer the request, as its HTTP status says.";
    default: return NULL;
    }
}

const char16_t *error_text_find(HRESULT hr)
{
    const struct error_text *row = find_row(hr);

    return row ? row->text : http_class_text(hr);
}

const char *error_text_name(HRESULT hr)
{
    const struct error_text *row = find_row(hr);

    return row ? row->name : NULL;
}
