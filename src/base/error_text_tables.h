/* The rows of error_text.c, by family. */
#ifndef DOSVC_BASE_ERROR_TEXT_TABLES_H
#define DOSVC_BASE_ERROR_TEXT_TABLES_H

#include "hresult.h"

struct error_text {
    HRESULT hr;
    const char *name;     /* as the SDK spells it */
    const char16_t *text; /* one English sentence */
};

struct error_text_table {
    const struct error_text *rows;
    size_t count;
};

extern const struct error_text_table error_text_delivery_optimization;
extern const struct error_text_table error_text_bits;
extern const struct error_text_table error_text_http_status;
extern const struct error_text_table error_text_winhttp;

#endif
