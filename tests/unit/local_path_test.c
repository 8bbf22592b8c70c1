/* Local names as strangers write them, and what is derived from the good ones. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "local_path.h"
#include "memory.h"
#include "memory_faults.h"
#include "utf16.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void good_names_have_their_kind(void **state)
{
    (void)state;
    static const struct {
        const char16_t *path;
        enum local_path_kind kind;
    } rows[] = {
        {u"C:\\a", LOCAL_PATH_DRIVE},
        {u"z:\\a\\b\\c.d.e", LOCAL_PATH_DRIVE},
        {u"C:/a/b", LOCAL_PATH_DRIVE},
        {u"C:\\a/b", LOCAL_PATH_DRIVE},
        {u"C:\\.a", LOCAL_PATH_DRIVE},
        {u"C:\\..a\\b..c", LOCAL_PATH_DRIVE},
        {u"C:\\ a b", LOCAL_PATH_DRIVE},
        {u"C:\\CONSOLE", LOCAL_PATH_DRIVE},
        {u"C:\\a.CON", LOCAL_PATH_DRIVE},
        {u"C:\\COM", LOCAL_PATH_DRIVE},
        {u"C:\\COM10", LOCAL_PATH_DRIVE},
        {u"C:\\COMA", LOCAL_PATH_DRIVE},
        {u"C:\\LPTX.txt", LOCAL_PATH_DRIVE},
        {u"C:\\NULL", LOCAL_PATH_DRIVE},
        {u"C:\\my nul", LOCAL_PATH_DRIVE},
        {u"C:\\\u00E4\u4E2D\U0001F600", LOCAL_PATH_DRIVE},
        {u"C:\\a;b,c'd[e]{f}~!@#$%^&()-_=+`", LOCAL_PATH_DRIVE},
        {u"\\\\?\\C:\\a\\b", LOCAL_PATH_DRIVE},
        {u"\\\\server\\share\\a", LOCAL_PATH_UNC},
        {u"\\\\server\\c$\\a\\b", LOCAL_PATH_UNC},
        {u"\\\\?\\UNC\\server\\share\\a", LOCAL_PATH_UNC},
        {u"\\\\?\\unc\\server\\share\\a", LOCAL_PATH_UNC},
        {u"\\\\server\\share\\pipe", LOCAL_PATH_UNC},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum local_path_kind kind = local_path_classify(rows[i].path);
        if (kind != rows[i].kind)
            fail_msg("row %zu: %d", i, (int)kind);
    }
}

static void assert_refused(const char16_t *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum local_path_kind kind = local_path_classify(rows[i]);
        if (kind != LOCAL_PATH_REFUSED)
            fail_msg("row %zu: %d", i, (int)kind);
    }
}

static void names_that_are_not_fully_qualified_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"",      u"a",      u"a\\b",    u".\\a",      u"..\\a",     u"\\a",          u"/a",         u"C",     u"C:",
        u"C:a",   u"C:a\\b", u"C:..\\a", u"1:\\a",     u":\\a",      u"CC:\\a",       u"\u00C4:\\a", u"[:\\a", u"@:\\a",
        u"`:\\a", u"{:\\a",  u" C:\\a",  u"\"C:\\a\"", u"%TEMP%\\a", u"file:///C:/a", u"http://h/a",
    };
    assert_refused(rows, COUNT_OF(rows));
}

static void bad_components_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        /* Nothing there: roots, ends, doubled separators. */
        u"C:\\",
        u"C:/",
        u"C:\\a\\",
        u"C:\\a/",
        u"C:\\\\a",
        u"C:\\a\\\\b",
        u"C:\\a//b",
        u"C:\\a/\\b",
        /* Here and above. */
        u"C:\\.",
        u"C:\\..",
        u"C:\\a\\.",
        u"C:\\a\\..",
        u"C:\\.\\a",
        u"C:\\a\\..\\..\\b",
        u"C:/a/../b",
        u"C:\\...",
        /* What Windows drops at the end of a component. */
        u"C:\\a.",
        u"C:\\a ",
        u"C:\\a.txt.",
        u"C:\\a \\b",
        u"C:\\a.\\b",
        u"C:\\a. ",
        u"C:\\a .",
        u"C:\\ ",
        /* Streams. */
        u"C:\\a:b",
        u"C:\\a::$DATA",
        u"C:\\a:b:$DATA",
        u"C:\\a\\:b",
        u"C:\\a:",
        u"C:\\a:b\\c",
        u"C:\\C:\\a",
        /* Wildcards and the rest of the forbidden. */
        u"C:\\*",
        u"C:\\a?",
        u"C:\\a*\\b",
        u"C:\\<a",
        u"C:\\a>",
        u"C:\\a\"b",
        u"C:\\a|b",
        /* Control characters. */
        u"C:\\a\x01",
        u"C:\\a\tb",
        u"C:\\a\nb",
        u"C:\\a\x1F",
        u"C:\\a\x7F",
        u"C:\\a\x80",
        u"C:\\a\x9F",
    };
    assert_refused(rows, COUNT_OF(rows));
}

static void a_component_has_at_most_255_characters(void **state)
{
    (void)state;
    char16_t path[3 + 256 + 1 + 1 + 1] = u"C:\\";
    for (size_t i = 3; i < 3 + 255; i++)
        path[i] = u'n';
    assert_int_equal(local_path_classify(path), LOCAL_PATH_DRIVE);
    path[3 + 255] = u'\\';
    path[3 + 256] = u'f';
    assert_int_equal(local_path_classify(path), LOCAL_PATH_DRIVE);
    path[3 + 255] = u'n';
    path[3 + 256] = 0;
    assert_int_equal(local_path_classify(path), LOCAL_PATH_REFUSED);
}

static void devices_are_refused_in_every_component(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"C:\\CON",
        u"C:\\con",
        u"C:\\Prn",
        u"C:\\AUX",
        u"C:\\NUL",
        u"C:\\COM0",
        u"C:\\COM1",
        u"C:\\COM9",
        u"C:\\LPT0",
        u"C:\\lpt1",
        u"C:\\LPT9",
        u"C:\\CONIN$",
        u"C:\\conout$",
        u"C:\\NUL.txt",
        u"C:\\nul.tar.gz",
        u"C:\\NUL .txt",
        u"C:\\NUL  .txt",
        u"C:\\COM1.log",
        u"C:\\COM\u00B9",
        u"C:\\COM\u00B2.txt",
        u"C:\\LPT\u00B3",
        u"C:\\CON\\a",
        u"C:\\a\\aux.d\\b",
        u"C:/a/NUL",
        u"\\\\?\\C:\\a\\NUL",
        u"\\\\?\\C:\\COM1\\a",
        u"\\\\server\\share\\CON",
        u"\\\\?\\UNC\\server\\share\\LPT1.x",
    };
    assert_refused(rows, COUNT_OF(rows));
}

static void other_namespaces_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"\\\\.\\C:\\a",
        u"\\\\.\\PhysicalDrive0",
        u"\\\\.\\pipe\\a",
        u"//./C:/a",
        u"//./NUL",
        u"\\\\.",
        u"\\\\?",
        u"\\\\?\\",
        u"\\\\?\\C:",
        u"\\\\?\\C:\\",
        u"\\\\?\\C:a",
        u"\\\\?\\a",
        u"//?/C:/a",
        u"\\??\\C:\\a",
        u"\\\\?\\C:/a",
        u"\\\\?\\C:\\a/b",
        u"\\\\?\\C:\\a\\",
        u"\\\\?\\C:\\a\\..\\b",
        u"\\\\?\\C:\\a.",
        u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1\\a",
        u"\\\\?\\Volume{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\a",
        u"\\\\?\\\\\\?\\C:\\a",
        u"\\\\?\\\\\\.\\C:\\a",
        u"\\Device\\HarddiskVolume1\\a",
        u"\\\\?\\pipe\\a",
    };
    assert_refused(rows, COUNT_OF(rows));
}

static void unc_names_that_lead_to_no_file_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"\\\\",
        u"\\\\server",
        u"\\\\server\\",
        u"\\\\server\\share",
        u"\\\\server\\share\\",
        u"\\\\\\share\\a",
        u"\\\\server\\\\a",
        u"\\\\server\\pipe\\a",
        u"\\\\server\\PIPE\\a\\b",
        u"\\\\server\\mailslot\\a",
        u"\\\\..\\share\\a",
        u"\\\\server\\..\\a",
        u"//server/share/a",
        u"\\\\server/share\\a\\b",
        u"\\/server\\share\\a",
        u"\\\\?\\UNC",
        u"\\\\?\\UNC\\",
        u"\\\\?\\UNC\\server\\share",
        u"\\\\?\\UNC\\server\\pipe\\a",
        u"\\\\?\\UNC/server\\share\\a",
        u"\\\\ser:ver\\share\\a",
        u"\\\\server\\share\\a:b",
    };
    assert_refused(rows, COUNT_OF(rows));
}

/* `prefix`, then components of 99 characters, `length` characters in all. */
static char16_t *name_of_length(const char16_t *prefix, size_t length)
{
    size_t start = utf16_length(prefix);
    char16_t *name = malloc((length + 1) * sizeof(*name));
    assert_non_null(name);
    memcpy(name, prefix, start * sizeof(*name));
    for (size_t i = start; i < length; i++)
        name[i] = (i - start) % 100 == 99 && i + 1 < length ? u'\\' : u'x';
    name[length] = 0;
    return name;
}

static enum local_path_kind classify_length(const char16_t *prefix, size_t length)
{
    char16_t *name = name_of_length(prefix, length);
    enum local_path_kind kind = local_path_classify(name);
    free(name);
    return kind;
}

/* The prefix is not counted: a name that is stored in its long form is accepted again. */
static void length_is_limited(void **state)
{
    (void)state;
    assert_int_equal(classify_length(u"C:\\", 32000), LOCAL_PATH_DRIVE);
    assert_int_equal(classify_length(u"C:\\", 32001), LOCAL_PATH_REFUSED);
    assert_int_equal(classify_length(u"C:\\", 100000), LOCAL_PATH_REFUSED);
    assert_int_equal(classify_length(u"\\\\?\\C:\\", 32004), LOCAL_PATH_DRIVE);
    assert_int_equal(classify_length(u"\\\\?\\C:\\", 32005), LOCAL_PATH_REFUSED);
    assert_int_equal(classify_length(u"\\\\s\\share\\", 32000), LOCAL_PATH_UNC);
    assert_int_equal(classify_length(u"\\\\s\\share\\", 32001), LOCAL_PATH_REFUSED);
    assert_int_equal(classify_length(u"\\\\?\\UNC\\s\\share\\", 32006), LOCAL_PATH_UNC);
    assert_int_equal(classify_length(u"\\\\?\\UNC\\s\\share\\", 32007), LOCAL_PATH_REFUSED);
}

static void assert_normalised(const char16_t *path, const char16_t *expected)
{
    char16_t *name = local_path_normalise(path);
    assert_non_null(name);
    assert_true(utf16_equal(name, expected));
    mem_free(name);
}

static void normal_form_is_plain_when_short(void **state)
{
    (void)state;
    assert_normalised(u"C:\\a\\b", u"C:\\a\\b");
    assert_normalised(u"C:/a\\b/c", u"C:\\a\\b\\c");
    assert_normalised(u"\\\\?\\C:\\a\\b", u"C:\\a\\b");
    assert_normalised(u"\\\\server\\share\\a", u"\\\\server\\share\\a");
    assert_normalised(u"\\\\?\\UNC\\server\\share\\a", u"\\\\server\\share\\a");
    assert_normalised(u"\\\\?\\unc\\server\\share\\a", u"\\\\server\\share\\a");
}

static void normal_form_has_the_prefix_when_long(void **state)
{
    (void)state;
    static const struct {
        const char16_t *plain_prefix, *long_prefix;
        size_t difference;
    } rows[] = {
        {u"C:\\", u"\\\\?\\C:\\", 4},
        {u"\\\\s\\share\\", u"\\\\?\\UNC\\s\\share\\", 6},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t length = 246; length < 250; length++) {
            char16_t *plain = name_of_length(rows[i].plain_prefix, length);
            char16_t *verbatim = name_of_length(rows[i].long_prefix, length + rows[i].difference);
            const char16_t *expected = length < 248 ? plain : verbatim;
            assert_normalised(plain, expected);
            assert_normalised(verbatim, expected);
            free(plain);
            free(verbatim);
        }
    }
    char16_t *longest = name_of_length(u"C:\\", 32000);
    char16_t *normal = local_path_normalise(longest);
    assert_int_equal(local_path_classify(normal), LOCAL_PATH_DRIVE);
    assert_normalised(normal, normal);
    mem_free(normal);
    free(longest);
}

static void directory_ends_with_the_last_separator(void **state)
{
    (void)state;
    assert_int_equal(local_path_directory_length(u"C:\\a\\bc"), 5);
    assert_int_equal(local_path_directory_length(u"C:\\a"), 3);
    assert_int_equal(local_path_directory_length(u"C:/a/b"), 5);
    assert_int_equal(local_path_directory_length(u"a"), 0);
    assert_int_equal(local_path_directory_length(u""), 0);
}

static const uint8_t job_id[16] = {0x76, 0xFA, 0x99, 0x5B, 0x1C, 0x72, 0x3C, 0x42,
                                   0xAD, 0xAC, 0x56, 0xD0, 0x3C, 0x8A, 0x80, 0x07};

static void assert_temporary(const char16_t *path, uint32_t number, const char16_t *expected)
{
    char16_t *name = local_path_temporary(path, job_id, number);
    assert_non_null(name);
    assert_true(utf16_equal(name, expected));
    mem_free(name);
}

/* The id is {5B99FA76-721C-423C-ADAC-56D03C8A8007}. */
static void temporary_file_tells_job_and_file(void **state)
{
    (void)state;
    assert_temporary(u"C:\\dir\\file.bin", 0, u"C:\\dir\\DO5B99FA76721C423C0.tmp");
    assert_temporary(u"C:\\file.bin", 0x1F, u"C:\\DO5B99FA76721C423C1F.tmp");
    assert_temporary(u"C:\\x", 0x10, u"C:\\DO5B99FA76721C423C10.tmp");
    assert_temporary(u"C:\\x", UINT32_MAX, u"C:\\DO5B99FA76721C423CFFFFFFFF.tmp");
    assert_temporary(u"\\\\server\\share\\x", 1, u"\\\\server\\share\\DO5B99FA76721C423C1.tmp");
}

/* A target of 239 characters is plain, the longer name beside it no longer is. */
static void temporary_file_of_a_long_directory_has_the_prefix(void **state)
{
    (void)state;
    char16_t *target = name_of_length(u"C:\\", 239);
    target[237] = u'\\';
    char16_t *name = local_path_temporary(target, job_id, 0);
    assert_non_null(name);
    assert_int_equal(utf16_length(name), 4 + 238 + 23);
    assert_memory_equal(name, u"\\\\?\\C:\\", 7 * sizeof(char16_t));
    assert_memory_equal(name + 4, target, 238 * sizeof(char16_t));
    assert_true(utf16_equal(name + 242, u"DO5B99FA76721C423C0.tmp"));
    mem_free(name);
    free(target);
}

static void lack_of_memory_is_null(void **state)
{
    (void)state;
    memory_faults_fail(1);
    assert_null(local_path_normalise(u"C:\\a"));
    memory_faults_fail(1);
    assert_null(local_path_temporary(u"C:\\a", job_id, 1));
    memory_faults_fail(2);
    assert_null(local_path_temporary(u"C:\\a", job_id, 1));
    memory_faults_fail(0);
    assert_int_equal(memory_faults_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_names_have_their_kind),
        cmocka_unit_test(names_that_are_not_fully_qualified_are_refused),
        cmocka_unit_test(bad_components_are_refused),
        cmocka_unit_test(a_component_has_at_most_255_characters),
        cmocka_unit_test(devices_are_refused_in_every_component),
        cmocka_unit_test(other_namespaces_are_refused),
        cmocka_unit_test(unc_names_that_lead_to_no_file_are_refused),
        cmocka_unit_test(length_is_limited),
        cmocka_unit_test(normal_form_is_plain_when_short),
        cmocka_unit_test(normal_form_has_the_prefix_when_long),
        cmocka_unit_test(directory_ends_with_the_last_separator),
        cmocka_unit_test(temporary_file_tells_job_and_file),
        cmocka_unit_test(temporary_file_of_a_long_directory_has_the_prefix),
        cmocka_unit_test(lack_of_memory_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
