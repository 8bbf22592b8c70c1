#include "json_object.h"

/* Where the reading stands. A function that reads one thing moves it behind that and answers true, or answers false; never behind the end of the text. */
struct reader {
    const char16_t *at;
    unsigned depth;
};

static bool read_value(struct reader *reader, struct json_value *value);

static void skip_space(struct reader *reader)
{
    while (*reader->at == u' ' || *reader->at == u'\t' || *reader->at == u'\n' || *reader->at == u'\r')
        reader->at++;
}

/* With the space after it. */
static bool take(struct reader *reader, char16_t unit)
{
    if (*reader->at != unit)
        return false;
    reader->at++;
    skip_space(reader);
    return true;
}

static bool is_digit(char16_t unit)
{
    return unit >= u'0' && unit <= u'9';
}

static bool is_hex(char16_t unit)
{
    return is_digit(unit) || (unit >= u'a' && unit <= u'f') || (unit >= u'A' && unit <= u'F');
}

/* Behind the backslash. */
static bool read_escape(struct reader *reader)
{
    char16_t unit = *reader->at;
    if (unit == u'u') {
        reader->at++;
        for (int i = 0; i < 4; i++, reader->at++) {
            if (!is_hex(*reader->at))
                return false;
        }
        return true;
    }
    for (const char *legal = "\"\\/bfnrt"; *legal; legal++) {
        if (unit == (unsigned char)*legal) {
            reader->at++;
            return true;
        }
    }
    return false;
}

static bool read_string(struct reader *reader, struct json_value *value)
{
    if (*reader->at != u'"')
        return false;
    reader->at++;
    value->kind = JSON_STRING;
    value->text = reader->at;
    while (*reader->at != u'"') {
        char16_t unit = *reader->at;
        if (unit < 0x20)
            return false; /* the end of the text among them */
        reader->at++;
        if (unit == u'\\' && !read_escape(reader))
            return false;
    }
    value->length = (size_t)(reader->at - value->text);
    reader->at++;
    return true;
}

static bool read_digits(struct reader *reader)
{
    const char16_t *start = reader->at;
    while (is_digit(*reader->at))
        reader->at++;
    return reader->at != start;
}

static bool read_number(struct reader *reader, struct json_value *value)
{
    value->kind = JSON_NUMBER;
    value->text = reader->at;
    if (*reader->at == u'-')
        reader->at++;
    if (*reader->at == u'0')
        reader->at++;
    else if (!read_digits(reader))
        return false;
    if (*reader->at == u'.') {
        reader->at++;
        if (!read_digits(reader))
            return false;
    }
    if (*reader->at == u'e' || *reader->at == u'E') {
        reader->at++;
        if (*reader->at == u'+' || *reader->at == u'-')
            reader->at++;
        if (!read_digits(reader))
            return false;
    }
    value->length = (size_t)(reader->at - value->text);
    return true;
}

static bool read_word(struct reader *reader, const char *word)
{
    for (; *word; word++) {
        if (*reader->at != (unsigned char)*word)
            return false;
        reader->at++;
    }
    return true;
}

static bool read_array(struct reader *reader)
{
    struct json_value element;
    if (!take(reader, u'['))
        return false;
    if (take(reader, u']'))
        return true;
    do {
        if (!read_value(reader, &element))
            return false;
    } while (take(reader, u','));
    return take(reader, u']');
}

/* `name` may be NULL: then nothing is looked for. */
static bool read_object(struct reader *reader, const char *name, struct json_value *found)
{
    if (!take(reader, u'{'))
        return false;
    if (take(reader, u'}'))
        return true;
    do {
        struct json_value key, value;
        if (!read_string(reader, &key))
            return false;
        skip_space(reader);
        if (!take(reader, u':') || !read_value(reader, &value))
            return false;
        if (!name)
            continue;
        size_t i = 0;
        while (i < key.length && name[i] && key.text[i] == (unsigned char)name[i])
            i++;
        if (i == key.length && !name[i])
            *found = value;
    } while (take(reader, u','));
    return take(reader, u'}');
}

/* With the space around it. */
static bool read_value(struct reader *reader, struct json_value *value)
{
    bool is_read = false;
    if (reader->depth == JSON_DEPTH_MAX)
        return false;
    reader->depth++;
    skip_space(reader);
    *value = (struct json_value){JSON_OTHER, reader->at, 0};
    switch (*reader->at) {
    case u'"': is_read = read_string(reader, value); break;
    case u'{': is_read = read_object(reader, NULL, NULL); break;
    case u'[': is_read = read_array(reader); break;
    case u't': is_read = read_word(reader, "true"); break;
    case u'f': is_read = read_word(reader, "false"); break;
    case u'n': is_read = read_word(reader, "null"); break;
    default: is_read = read_number(reader, value); break;
    }
    reader->depth--;
    skip_space(reader);
    return is_read;
}

bool json_object_member(const char16_t *text, const char *name, struct json_value *value)
{
    struct reader reader = {text, 1};
    *value = (struct json_value){JSON_ABSENT, NULL, 0};
    skip_space(&reader);
    if (read_object(&reader, name, value) && !*reader.at)
        return true;
    *value = (struct json_value){JSON_ABSENT, NULL, 0};
    return false;
}
