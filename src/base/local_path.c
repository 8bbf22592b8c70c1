#include "local_path.h"

#include "memory.h"
#include "utf16.h"

#include <string.h>

/* CreateDirectory's limit: a longer name is opened by its \\?\ form only. */
#define PLAIN_LENGTH_LIMIT 248

#define VERBATIM_PREFIX     u"\\\\?\\"
#define VERBATIM_UNC_PREFIX u"\\\\?\\UNC\\"
#define UNC_PREFIX          u"\\\\"

/* "DO", 16 digits, up to 8 digits, ".tmp". */
#define TEMPORARY_NAME_MAX 30

struct path_root {
    enum local_path_kind kind;
    bool is_verbatim;     /* \\?\: Windows takes the rest as it is, so '/' separates nothing */
    const char16_t *rest; /* from the drive letter, or from the server's name */
};

static bool is_letter(char16_t unit)
{
    return (unit >= u'A' && unit <= u'Z') || (unit >= u'a' && unit <= u'z');
}

static bool is_separator(char16_t unit, bool is_verbatim)
{
    return unit == u'\\' || (unit == u'/' && !is_verbatim);
}

static bool starts_with(const char16_t *path, const char16_t *prefix)
{
    while (*prefix && *path == *prefix) {
        path++;
        prefix++;
    }
    return !*prefix;
}

static struct path_root split_root(const char16_t *path)
{
    struct path_root root = {LOCAL_PATH_REFUSED, false, path};
    root.is_verbatim = starts_with(path, VERBATIM_PREFIX);
    if (root.is_verbatim)
        root.rest += utf16_length(VERBATIM_PREFIX);
    if (is_letter(root.rest[0]) && root.rest[1] == u':' && is_separator(root.rest[2], root.is_verbatim)) {
        root.kind = LOCAL_PATH_DRIVE;
    } else if (root.is_verbatim) {
        if (utf16_length_within(root.rest, 4) > 3 && utf16_part_equal_ascii_nocase(root.rest, 4, "UNC\\")) {
            root.kind = LOCAL_PATH_UNC;
            root.rest += 4;
        }
    } else if (starts_with(path, UNC_PREFIX)) {
        root.kind = LOCAL_PATH_UNC;
        root.rest += utf16_length(UNC_PREFIX);
    }
    return root;
}

/* Control characters, and what no file name can hold; ':' would name a stream. */
static bool is_forbidden(char16_t unit)
{
    if (unit < 0x20 || (unit >= 0x7F && unit <= 0x9F))
        return true;
    for (const char *set = "<>:\"/\\|?*"; *set; set++) {
        if (unit == (unsigned char)*set)
            return true;
    }
    return false;
}

/* Windows sees the device in front of any extension and of spaces before that ("NUL .txt"), and takes superscript digits for digits. */
static bool is_device(const char16_t *component, size_t length)
{
    size_t base = 0;
    while (base < length && component[base] != u'.')
        base++;
    while (base && component[base - 1] == u' ')
        base--;
    static const char *const names[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (utf16_part_equal_ascii_nocase(component, base, names[i]))
            return true;
    }
    if (base != 4)
        return false;
    char16_t digit = component[3];
    if (!(digit >= u'0' && digit <= u'9') && digit != 0xB9 && digit != 0xB2 && digit != 0xB3)
        return false;
    return utf16_part_equal_ascii_nocase(component, 3, "COM") || utf16_part_equal_ascii_nocase(component, 3, "LPT");
}

#define COMPONENT_MAX 255 /* characters, of every file system that Windows knows */

static bool is_component(const char16_t *text, size_t length)
{
    if (!length || length > COMPONENT_MAX || text[length - 1] == u'.' || text[length - 1] == u' ')
        return false; /* "." and ".." among them */
    for (size_t i = 0; i < length; i++) {
        if (is_forbidden(text[i]))
            return false;
    }
    return !is_device(text, length);
}

/* Pipes and mailslots are opened by UNC names, but are no files. */
static bool is_share_of_no_files(const char16_t *text, size_t length)
{
    return utf16_part_equal_ascii_nocase(text, length, "PIPE") ||
           utf16_part_equal_ascii_nocase(text, length, "MAILSLOT");
}

/* `rest` is one or more good components; in a UNC name the first two are server and share. */
static bool are_components(const struct path_root *root)
{
    bool is_unc = root->kind == LOCAL_PATH_UNC;
    const char16_t *text = is_unc ? root->rest : root->rest + 3;
    for (size_t number = 0;; number++) {
        size_t length = 0;
        while (text[length] && !is_separator(text[length], root->is_verbatim || is_unc))
            length++;
        if (!is_component(text, length) || (is_unc && number == 1 && is_share_of_no_files(text, length)))
            return false;
        if (!text[length])
            return !is_unc || number >= 2;
        text += length + 1;
    }
}

/* Length of the name without the \\?\ prefix; it stops counting past LOCAL_PATH_MAX_LENGTH. */
static size_t plain_length(const struct path_root *root)
{
    size_t prefix = root->kind == LOCAL_PATH_UNC ? utf16_length(UNC_PREFIX) : 0;
    return prefix + utf16_length_within(root->rest, LOCAL_PATH_MAX_LENGTH);
}

enum local_path_kind local_path_classify(const char16_t *path)
{
    struct path_root root = split_root(path);
    if (root.kind == LOCAL_PATH_REFUSED || plain_length(&root) > LOCAL_PATH_MAX_LENGTH || !are_components(&root))
        return LOCAL_PATH_REFUSED;
    return root.kind;
}

char16_t *local_path_normalise(const char16_t *path)
{
    struct path_root root = split_root(path);
    bool is_long = plain_length(&root) >= PLAIN_LENGTH_LIMIT;
    const char16_t *prefix = u"";
    if (root.kind == LOCAL_PATH_UNC)
        prefix = is_long ? VERBATIM_UNC_PREFIX : UNC_PREFIX;
    else if (is_long)
        prefix = VERBATIM_PREFIX;
    size_t prefix_length = utf16_length(prefix), rest_length = utf16_length(root.rest);
    char16_t *name = mem_alloc((prefix_length + rest_length + 1) * sizeof(*name));
    if (!name)
        return NULL;
    memcpy(name, prefix, prefix_length * sizeof(*name));
    for (size_t i = 0; i < rest_length; i++)
        name[prefix_length + i] = root.rest[i] == u'/' ? u'\\' : root.rest[i];
    return name;
}

size_t local_path_directory_length(const char16_t *path)
{
    size_t length = utf16_length(path);
    while (length && !is_separator(path[length - 1], false))
        length--;
    return length;
}

static char16_t hex_digit(uint32_t value)
{
    return u"0123456789ABCDEF"[value & 0xF];
}

/* The digits in the order in which the id is written as text, so that a file found on the disk leads to its job. */
static size_t write_job_digits(char16_t *text, const uint8_t job_id[16])
{
    static const uint8_t order[8] = {3, 2, 1, 0, 5, 4, 7, 6};
    for (size_t i = 0; i < 8; i++) {
        text[2 * i] = hex_digit(job_id[order[i]] >> 4);
        text[2 * i + 1] = hex_digit(job_id[order[i]]);
    }
    return 16;
}

static size_t write_number_digits(char16_t *text, uint32_t number)
{
    size_t count = 1;
    while (count < 8 && number >> (4 * count))
        count++;
    for (size_t i = 0; i < count; i++)
        text[i] = hex_digit(number >> (4 * (count - 1 - i)));
    return count;
}

char16_t *local_path_temporary(const char16_t *path, const uint8_t job_id[16], uint32_t file_number)
{
    size_t length = local_path_directory_length(path);
    char16_t *name = mem_alloc((length + TEMPORARY_NAME_MAX + 1) * sizeof(*name));
    if (!name)
        return NULL;
    memcpy(name, path, length * sizeof(*name));
    name[length++] = u'D';
    name[length++] = u'O';
    length += write_job_digits(name + length, job_id);
    length += write_number_digits(name + length, file_number);
    memcpy(name + length, u".tmp", sizeof(u".tmp"));
    /* Longer than the target's, it may need the prefix that the target goes without. */
    char16_t *normalised = local_path_normalise(name);
    mem_free(name);
    return normalised;
}
