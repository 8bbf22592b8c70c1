/* GUIDs as text and back. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guid_text.h"
#include "utf16.h"

/* {5B99FA76-721C-423C-ADAC-56D03C8A8007} as Windows lays it out. */
static const uint8_t guid[16] = {0x76, 0xFA, 0x99, 0x5B, 0x1C, 0x72, 0x3C, 0x42,
                                 0xAD, 0xAC, 0x56, 0xD0, 0x3C, 0x8A, 0x80, 0x07};

static void first_three_groups_are_little_endian(void **state)
{
    (void)state;
    char16_t text[39];
    guid_text_format(guid, text);
    assert_true(utf16_equal(text, u"{5B99FA76-721C-423C-ADAC-56D03C8A8007}"));
    static const uint8_t none[16] = {0};
    guid_text_format(none, text);
    assert_true(utf16_equal(text, u"{00000000-0000-0000-0000-000000000000}"));
}

static void text_is_read_in_either_case(void **state)
{
    (void)state;
    uint8_t id[16];
    assert_true(guid_text_parse(u"{5B99FA76-721C-423C-ADAC-56D03C8A8007}", id));
    assert_memory_equal(id, guid, sizeof(guid));
    memset(id, 0, sizeof(id));
    assert_true(guid_text_parse(u"{5b99fa76-721c-423c-adac-56d03c8a8007}", id));
    assert_memory_equal(id, guid, sizeof(guid));
}

static void every_byte_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        uint8_t id[16] = {0}, back[16];
        char16_t text[39];
        id[i] = 0xA1;
        guid_text_format(id, text);
        assert_true(guid_text_parse(text, back));
        assert_memory_equal(back, id, sizeof(id));
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"",
        u"{",
        u"{}",
        u"5B99FA76-721C-423C-ADAC-56D03C8A8007",
        u"{5B99FA76-721C-423C-ADAC-56D03C8A8007",
        u"5B99FA76-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA76-721C-423C-ADAC-56D03C8A8007} ",
        u" {5B99FA76-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA76-721C-423C-ADAC-56D03C8A80077}",
        u"{5B99FA76-721C-423C-ADAC-56D03C8A800}",
        u"{5B99FA76-721C-423C-ADAC-56D03C8A800",
        u"{5B99FA76721C423CADAC56D03C8A8007}",
        u"{5B99FA76-721C423C-ADAC-56D03C8A8007-}",
        u"{5B99FA7-6721C-423C-ADAC-56D03C8A8007}",
        u"(5B99FA76-721C-423C-ADAC-56D03C8A8007)",
        u"{5B99FA76+721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7G-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7/-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7:-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7@-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7`-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7g-721C-423C-ADAC-56D03C8A8007}",
        u"{0x99FA76-721C-423C-ADAC-56D03C8A8007}",
        u"{5B99FA7\u0136-721C-423C-ADAC-56D03C8A8007}", /* '6' in its low byte */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t id[16];
        /* A copy of its own, so that the sanitiser sees a look behind the terminator. */
        char16_t *text = malloc((utf16_length(rows[i]) + 1) * sizeof(*text));
        assert_non_null(text);
        memcpy(text, rows[i], (utf16_length(rows[i]) + 1) * sizeof(*text));
        bool is_read = guid_text_parse(text, id);
        free(text);
        if (is_read)
            fail_msg("row %zu passed", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_three_groups_are_little_endian),
        cmocka_unit_test(text_is_read_in_either_case),
        cmocka_unit_test(every_byte_has_its_place),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
