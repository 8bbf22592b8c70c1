/* The codes that the service returns have the names and numbers of docs/API.md ("Errors") and a sentence each. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "error_text.h"
#include "error_text_tables.h"

struct expected_name {
    uint32_t code;
    const char *name;
};

static const struct expected_name delivery_optimization_names[] = {
    {0x80D01001, "DO_E_NO_SERVICE"},
    {0x80D02002, "DO_E_DOWNLOAD_NO_PROGRESS"},
    {0x80D02003, "DO_E_JOB_NOT_FOUND"},
    {0x80D02004, "DO_E_JOB_EMPTY"},
    {0x80D02005, "DO_E_NO_DOWNLOADS"},
    {0x80D0200B, "DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED"},
    {0x80D0200C, "DO_E_JOB_TOO_OLD"},
    {0x80D0200D, "DO_E_LOCALPATH_NOT_SET"},
    {0x80D02010, "DO_E_FILE_NOT_AVAILABLE"},
    {0x80D02011, "DO_E_UNKNOWN_PROPERTY_ID"},
    {0x80D02012, "DO_E_READ_ONLY_PROPERTY"},
    {0x80D02013, "DO_E_INVALID_STATE"},
    {0x80D02014, "DO_E_ERROR_INFORMATION_UNAVAILABLE"},
    {0x80D02015, "DO_E_WRITE_ONLY_PROPERTY"},
    {0x80D02016, "DO_E_INTEGRITYCHECKINFO_UNSPECIFIED"},
    {0x80D02017, "DO_E_INTEGRITYCHECKINFO_UNAVAILABLE"},
    {0x80D02018, "DO_E_FILE_DOWNLOADSINK_UNSPECIFIED"},
    {0x80D02019, "DO_E_FILE_DOWNLOADSINK_ALREADY_SET"},
    {0x80D0201A, "DO_E_FILE_SIZE_UNKNOWN_HTTP_200"},
    {0x80D0201B, "DO_E_FILE_ENCRYPTION_EXPECTED"},
    {0x80D0201C, "DO_E_FILE_SIZE_UNKNOWN_HTTP_206"},
    {0x80D0201D, "DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX"},
    {0x80D0201E, "DO_E_NETWORK_ACCESS_CONSENT_NEEDED"},
    {0x80D02200, "DO_E_DOWNLOAD_NO_URI"},
    {0x80D02201, "DO_E_DOWNLOAD_NO_CONTENT_ID"},
    {0x80D02202, "DO_E_INVALID_CONTENT_ID"},
    {0x80D02203, "DO_E_DOWNLOAD_RANGES_UNEXPECTED"},
    {0x80D02204, "DO_E_DOWNLOAD_RANGES_EXPECTED"},
    {0x80D03001, "DO_E_NO_DOWNLOAD_PARTICIPATION"},
    {0x80D03002, "DO_E_NO_DOWNLOAD_EXTSETTINGS"},
    {0x80D03801, "DO_E_BLOCKED_BY_COST_TRANSFER_POLICY"},
    {0x80D03803, "DO_E_BLOCKED_BY_CELLULAR_POLICY"},
    {0x80D03804, "DO_E_BLOCKED_BY_POWER_STATE"},
    {0x80D03805, "DO_E_BLOCKED_BY_NO_NETWORK"},
    {0x80D03807, "DO_E_BLOCKED_BY_VPN_POLICY"},
    {0x80D03808, "DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE"},
    {0x80D0380D, "DO_E_UNEXPECTED_HTTP_STATUS_2XX"},
    {0x80D05001, "DO_E_HTTP_BLOCKSIZE_MISMATCH"},
    {0x80D05002, "DO_E_HTTP_CERT_VALIDATION"},
    {0x80D05010, "DO_E_INVALID_RANGE"},
    {0x80D05011, "DO_E_INSUFFICIENT_RANGE_SUPPORT"},
    {0x80D05012, "DO_E_OVERLAPPING_RANGES"},
    {0x80D06802, "DO_E_FATAL_CORE_ERROR"},
    {0x80D06805, "DO_E_BAD_PIECE_HASH"},
    {0x80D06809, "DO_E_METAINFO_CONTENT"},
    {0x80D0680A, "DO_E_METAINFO_VERSION"},
    {0x80D0681A, "DO_E_METAINFO_DIGEST_MATCH"},
    {0x80D0681B, "DO_E_METAINFO_HOH_MATCH"},
    {0x80D0681C, "DO_E_METAINFO_HOH_FINAL_MATCH"},
    {0x80D0681D, "DO_E_METAINFO_CONTENT_LENGTH"},
    {0x80D0681E, "DO_E_METAINFO_PIECE_SIZE"},
    {0x80D0681F, "DO_E_METAINFO_PARSE_HOH"},
    {0x80D06820, "DO_E_METAINFO_PARSE_PIECEHASHES"},
    {0x80D06821, "DO_E_METAINFO_PARSE_ONE_PIECEHASH"},
    {0x80D06822, "DO_E_METAINFO_FILE_SIZE"},
};

static const struct expected_name bits_names[] = {
    {0x80200005, "BG_E_PROTOCOL_NOT_AVAILABLE"},
    {0x8020000D, "BG_E_DESTINATION_LOCKED"},
    {0x80200015, "BG_E_NEW_OWNER_DIFF_MAPPING"},
    {0x80200016, "BG_E_NEW_OWNER_NO_FILE_ACCESS"},
    {0x00200017, "BG_S_PARTIAL_COMPLETE"},
    {0x80200018, "BG_E_PROXY_LIST_TOO_LARGE"},
    {0x80200019, "BG_E_PROXY_BYPASS_LIST_TOO_LARGE"},
    {0x0020001A, "BG_S_UNABLE_TO_DELETE_FILES"},
    {0x80200021, "BG_E_STRING_TOO_LONG"},
    {0x80200025, "BG_E_USERNAME_TOO_LARGE"},
    {0x80200026, "BG_E_PASSWORD_TOO_LARGE"},
    {0x80200027, "BG_E_INVALID_AUTH_TARGET"},
    {0x80200028, "BG_E_INVALID_AUTH_SCHEME"},
    {0x8020003F, "BG_E_INVALID_PROXY_INFO"},
    {0x80200053, "BG_E_VALIDATION_FAILED"},
    {0x80200054, "BG_E_MAXDOWNLOAD_TIMEOUT"},
};

static const struct expected_name transport_names[] = {
    {0x80190194, "BG_E_HTTP_ERROR_404"},
    {0x801901F7, "BG_E_HTTP_ERROR_503"},
    {0x80072EE2, "ERROR_WINHTTP_TIMEOUT"},
    {0x80072EE7, "ERROR_WINHTTP_NAME_NOT_RESOLVED"},
    {0x80072EFD, "ERROR_WINHTTP_CANNOT_CONNECT"},
    {0x80072EFE, "ERROR_WINHTTP_CONNECTION_ERROR"},
    {0x80072F0C, "ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED"},
    {0x80072F8F, "ERROR_WINHTTP_SECURE_FAILURE"},
    {0x80072F9A, "ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY"},
};

static bool is_sentence(const char16_t *text)
{
    size_t length = 0;

    while (text[length]) {
        if (text[length] < u' ' || text[length] > u'~') {
            return false;
        }
        length++;
    }
    return length > 10 && text[0] >= u'A' && text[0] <= u'Z' && text[length - 1] == u'.';
}

static bool contains(const char16_t *text, const char *word)
{
    for (; *text; text++) {
        size_t i = 0;

        while (word[i] && text[i] == (char16_t)word[i]) {
            i++;
        }
        if (!word[i]) {
            return true;
        }
    }
    return false;
}

static void assert_names(const struct expected_name *expected, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = error_text_name((HRESULT)expected[i].code);
        const char16_t *text = error_text_find((HRESULT)expected[i].code);

        if (!name || !text || !is_sentence(text)) {
            fail_msg("%08X has no name or no sentence", (unsigned int)expected[i].code);
        }
        assert_string_equal(name, expected[i].name);
    }
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void every_code_of_delivery_optimization_has_its_name_and_a_sentence(void **state)
{
    (void)state;
    assert_names(delivery_optimization_names, COUNT_OF(delivery_optimization_names));
    assert_int_equal(error_text_delivery_optimization.count, COUNT_OF(delivery_optimization_names));
}

static void every_code_of_bits_that_is_returned_has_its_name_and_a_sentence(void **state)
{
    (void)state;
    assert_names(bits_names, COUNT_OF(bits_names));
}

static void transport_errors_have_their_name_and_a_sentence(void **state)
{
    (void)state;
    assert_names(transport_names, COUNT_OF(transport_names));
}

static void both_printed_spellings_are_one_code(void **state)
{
    (void)state;
    assert_int_equal(DO_E_NOT_FOUND, (HRESULT)0x80D02003);
    assert_int_equal(DO_E_EMPTY, (HRESULT)0x80D02004);
}

static void sentence_of_an_http_status_tells_the_number_and_the_reason(void **state)
{
    (void)state;
    assert_true(contains(error_text_find((HRESULT)0x80190194), "404"));
    assert_true(contains(error_text_find((HRESULT)0x80190194), "Not Found"));
    assert_true(contains(error_text_find((HRESULT)0x801901AD), "429"));
}

static void http_status_without_a_row_still_has_a_sentence(void **state)
{
    (void)state;
    for (uint32_t status = 100; status < 600; status++) {
        const char16_t *text = error_text_find((HRESULT)(0x80190000u + status));

        if (!text || !is_sentence(text)) {
            fail_msg("HTTP status %u has no sentence", (unsigned int)status);
        }
    }
    assert_null(error_text_name((HRESULT)0x801901A2)); /* 418 */
}

static void codes_of_others_have_neither(void **state)
{
    static const uint32_t codes[] = {0,          1,          0x80070005, 0x80070057, 0x80190063,
                                     0x80190258, 0x80190000, 0x80194000, 0x80D0FFFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (error_text_find((HRESULT)codes[i]) || error_text_name((HRESULT)codes[i])) {
            fail_msg("%08X is not ours to explain", (unsigned int)codes[i]);
        }
    }
}

static void no_code_stands_twice_and_every_row_is_a_sentence(void **state)
{
    static const struct error_text_table *const tables[] = {&error_text_delivery_optimization, &error_text_bits,
                                                            &error_text_http_status, &error_text_winhttp};

    (void)state;
    for (size_t table = 0; table < COUNT_OF(tables); table++) {
        for (size_t row = 0; row < tables[table]->count; row++) {
            const struct error_text *entry = &tables[table]->rows[row];

            /* Had an earlier row the same code, its name would be found instead. */
            assert_string_equal(error_text_name(entry->hr), entry->name);
            if (!is_sentence(entry->text)) {
                fail_msg("the text of %s is no sentence", entry->name);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_of_delivery_optimization_has_its_name_and_a_sentence),
        cmocka_unit_test(every_code_of_bits_that_is_returned_has_its_name_and_a_sentence),
        cmocka_unit_test(transport_errors_have_their_name_and_a_sentence),
        cmocka_unit_test(both_printed_spellings_are_one_code),
        cmocka_unit_test(sentence_of_an_http_status_tells_the_number_and_the_reason),
        cmocka_unit_test(http_status_without_a_row_still_has_a_sentence),
        cmocka_unit_test(codes_of_others_have_neither),
        cmocka_unit_test(no_code_stands_twice_and_every_row_is_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
