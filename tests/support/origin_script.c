#include "origin_script.h"

#include "origin_text.h"

#include <stdio.h>
#include <string.h>

enum field_kind {
    FIELD_NONE,
    FIELD_FLAG,     /* "1", "0" or nothing */
    FIELD_COUNT,    /* a number, 0 if not given */
    FIELD_POSITION, /* a number, ORIGIN_NEVER if not given */
    FIELD_TEXT
};

struct script_field {
    enum field_kind kind;
    size_t offset;
    size_t capacity;     /* of a text */
    const char *choices; /* of a text, "a|b|"; "#|" allows a number; NULL allows anything */
};

/* One parameter of the query. With a second field, the value is split at the first separator. */
struct script_row {
    const char *name;
    struct script_field first;
    char separator;
    bool second_is_optional;
    struct script_field second;
};

#define AT(member) offsetof(struct origin_script, member)
#define FLAG(member)                                                                                                   \
    {                                                                                                                  \
        FIELD_FLAG, AT(member), 0, NULL                                                                                \
    }
#define COUNT(member)                                                                                                  \
    {                                                                                                                  \
        FIELD_COUNT, AT(member), 0, NULL                                                                               \
    }
#define POSITION(member)                                                                                               \
    {                                                                                                                  \
        FIELD_POSITION, AT(member), 0, NULL                                                                            \
    }
#define TEXT(member, choices)                                                                                          \
    {                                                                                                                  \
        FIELD_TEXT, AT(member), sizeof(((struct origin_script *)0)->member), choices                                   \
    }
#define ALONE                                                                                                          \
    '\0', false,                                                                                                       \
    {                                                                                                                  \
        FIELD_NONE, 0, 0, NULL                                                                                         \
    }

static const struct script_row script_rows[] = {
    {"auth", TEXT(auth, NULL), ALONE},
    {"chunked", FLAG(chunked), ALONE},
    {"clen", TEXT(clen, "lie|duplicate|negative|garbage|"), ':', true, POSITION(clen_value)},
    {"cr", TEXT(cr, "missing|wrong|shifted|total|unknown|garbage|wider|narrower|"), ALONE},
    {"date", TEXT(date, "none|#|"), ALONE},
    {"drop", POSITION(drop), ALONE},
    {"dropat", TEXT(dropat, "random|"), ALONE},
    {"dropbody", POSITION(dropbody), ALONE},
    {"dropheaders", FLAG(dropheaders), ALONE},
    {"drops", COUNT(drops), ALONE},
    {"etag", TEXT(etag, NULL), ALONE},
    {"etagchange", POSITION(etagchange), ALONE},
    {"failfirst", COUNT(failfirst), ':', false, TEXT(failfirst_how, "drop|#|")},
    {"from", COUNT(from), ALONE},
    {"gate", TEXT(gate, NULL), ALONE},
    {"gatebody", TEXT(gatebody, NULL), ':', false, POSITION(gatebody_at)},
    {"gzip", FLAG(gzip), ALONE},
    {"header64k", FLAG(header64k), ALONE},
    {"headers", COUNT(headers), ALONE},
    {"headrefused", FLAG(headrefused), ALONE},
    {"hops", COUNT(hops), ALONE},
    {"lm", TEXT(lm, "old|recent|none|#|"), ALONE},
    {"location", TEXT(location, NULL), ALONE},
    {"longer", COUNT(longer), ALONE},
    {"multipart", FLAG(multipart), ALONE},
    {"noifrange", FLAG(noifrange), ALONE},
    {"nolength", FLAG(nolength), ALONE},
    {"norange", FLAG(norange), ALONE},
    {"nul", FLAG(nul), ALONE},
    {"offer", TEXT(offer, NULL), ALONE},
    {"proxyauth", TEXT(proxyauth, NULL), ALONE},
    {"reset", FLAG(reset), ALONE},
    {"retryafter", TEXT(retryafter, "date|#|"), ':', true, POSITION(retryafter_seconds)},
    {"seed", COUNT(seed), ALONE},
    {"shorter", COUNT(shorter), ALONE},
    {"size", POSITION(size), ALONE},
    {"sizechange", POSITION(sizechange_from), ':', false, POSITION(sizechange_size)},
    {"stall", POSITION(stall), ALONE},
    {"status", COUNT(status), ALONE},
    {"tag", TEXT(tag, NULL), ALONE},
    {"times", COUNT(times), ALONE},
    {"token", TEXT(token, NULL), ALONE},
    {"trickle", COUNT(trickle_bytes), '/', false, COUNT(trickle_ms)},
};

#define ROW_COUNT (sizeof(script_rows) / sizeof(script_rows[0]))

static bool text_is_among(const char *text, const char *choices)
{
    uint64_t number;
    size_t length = strlen(text);
    while (*choices) {
        size_t choice = strcspn(choices, "|");
        if (choice == 1 && *choices == '#' && origin_text_number(text, length, &number))
            return true;
        if (choice == length && !memcmp(choices, text, length))
            return true;
        choices += choice + 1;
    }
    return false;
}

static bool field_store(const struct script_field *field, struct origin_script *script, const char *value,
                        size_t length)
{
    char *place = (char *)script + field->offset;
    if (field->kind == FIELD_FLAG) {
        bool is_set = length == 0 || (length == 1 && value[0] == '1');
        *(bool *)(void *)place = is_set;
        return is_set || (length == 1 && value[0] == '0');
    }
    if (field->kind == FIELD_TEXT)
        return origin_text_decode(place, field->capacity, value, length) &&
               (!field->choices || text_is_among(place, field->choices));
    return origin_text_number(value, length, (uint64_t *)(void *)place);
}

static bool row_store(const struct script_row *row, struct origin_script *script, const char *value, size_t length)
{
    if (row->second.kind == FIELD_NONE)
        return field_store(&row->first, script, value, length);

    const char *separator = memchr(value, row->separator, length);
    if (!separator)
        return row->second_is_optional && field_store(&row->first, script, value, length);
    size_t first = (size_t)(separator - value);
    return field_store(&row->first, script, value, first) &&
           field_store(&row->second, script, separator + 1, length - first - 1);
}

static const struct script_row *row_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strlen(script_rows[i].name) == length && !memcmp(script_rows[i].name, name, length))
            return &script_rows[i];
    }
    return NULL;
}

static void field_clear(const struct script_field *field, struct origin_script *script)
{
    if (field->kind == FIELD_POSITION)
        *(uint64_t *)(void *)((char *)script + field->offset) = ORIGIN_NEVER;
}

void origin_script_clear(struct origin_script *script)
{
    memset(script, 0, sizeof(*script));
    for (size_t i = 0; i < ROW_COUNT; i++) {
        field_clear(&script_rows[i].first, script);
        field_clear(&script_rows[i].second, script);
    }
}

/* Forgets everything but what the content is. */
static void script_behave(struct origin_script *script)
{
    const struct origin_script former = *script;
    origin_script_clear(script);
    script->size = former.size;
    script->seed = former.seed;
    script->etagchange = former.etagchange;
    script->sizechange_from = former.sizechange_from;
    script->sizechange_size = former.sizechange_size;
    memcpy(script->etag, former.etag, sizeof(script->etag));
    memcpy(script->lm, former.lm, sizeof(script->lm));
    memcpy(script->date, former.date, sizeof(script->date));
}

static void script_take_drops(struct origin_script *script, const struct origin_script *from)
{
    script->dropheaders = from->dropheaders;
    script->drop = from->drop;
    script->dropbody = from->dropbody;
    script->reset = from->reset;
    memcpy(script->dropat, from->dropat, sizeof(script->dropat));
}

void origin_script_settle(struct origin_script *script, uint64_t ordinal)
{
    const struct origin_script asked = *script;
    uint64_t first = asked.from > 0 ? asked.from : 1;
    if (ordinal < first || (asked.times > 0 && ordinal - first >= asked.times))
        script_behave(script);
    if (asked.drops == 0)
        return;
    struct origin_script none;
    origin_script_clear(&none);
    script_take_drops(script, ordinal <= asked.drops ? &asked : &none);
}

bool origin_script_parse(struct origin_script *script, const char *query, char *problem, size_t capacity)
{
    origin_script_clear(script);
    while (*query) {
        size_t length = strcspn(query, "&");
        size_t name = strcspn(query, "=&");
        size_t value = name < length ? name + 1 : length;
        const struct script_row *row = row_find(query, name);
        if (length > 0 && (!row || !row_store(row, script, query + value, length - value))) {
            snprintf(problem, capacity, "%s parameter: %.*s\n", row ? "bad" : "unknown", (int)length, query);
            return false;
        }
        query += length + (query[length] == '&');
    }
    return true;
}
