/* The table of properties: what each can be, and that no number or limit of it changes unnoticed. */
#include "bits_error.h"
#include "property.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define OF_JOB  PROPERTY_OF_JOB
#define OF_FILE PROPERTY_OF_FILE

static HRESULT check_u32(enum property_id id, uint32_t number)
{
    uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    struct property_value value = property_of_bytes(id, bytes, 4);
    return property_check(&value, OF_JOB);
}

/* The numbers are in users' queue files. */
static void numbers_are_what_queue_files_hold(void **state)
{
    (void)state;
    static const char *const names[] = {NULL,
                                        "MINIMUM_RETRY_DELAY",
                                        "NO_PROGRESS_TIMEOUT",
                                        "PROXY_USAGE",
                                        "PROXY_LIST",
                                        "PROXY_BYPASS",
                                        "NOTIFY_PROGRAM",
                                        "NOTIFY_PARAMETERS",
                                        "CUSTOM_HEADERS",
                                        "SECURITY_FLAGS",
                                        "CLIENT_CERTIFICATE",
                                        "SERVER_BASIC",
                                        "FILE_ACL_FLAGS",
                                        "PEER_CACHING_FLAGS",
                                        "MAXIMUM_DOWNLOAD_TIME",
                                        "COST_FLAGS",
                                        "NOTIFICATION_CLSID",
                                        "DYNAMIC_CONTENT",
                                        "HIGH_PERFORMANCE",
                                        "MAX_DOWNLOAD_SIZE",
                                        "USE_STORED_CREDENTIALS",
                                        "MINIMUM_NOTIFICATION_INTERVAL",
                                        "ON_DEMAND_MODE",
                                        "OWNER_INTEGRITY_LEVEL",
                                        "OWNER_ELEVATION",
                                        "VALIDATION_STATE",
                                        "INTEGRITY_CHECK_MANDATORY",
                                        "INTEGRITY_CHECK_INFO",
                                        "DECRYPTION_INFO",
                                        "SINK_IS_STREAM",
                                        "SERVER_DIGEST",
                                        "SERVER_NTLM",
                                        "SERVER_NEGOTIATE",
                                        "PROXY_BASIC",
                                        "PROXY_DIGEST",
                                        "PROXY_NTLM",
                                        "PROXY_NEGOTIATE"};
    assert_null(property_info(0));
    for (uint32_t id = 1; id < sizeof names / sizeof names[0]; id++)
        assert_string_equal(property_info(id)->name, names[id]);
    for (uint32_t id = 1; id < PROPERTY_ID_COUNT; id++)
        assert_non_null(property_info(id));
    assert_null(property_info(PROPERTY_ID_COUNT));
    assert_null(property_info(UINT32_MAX));
}

static void numbers_have_their_limits(void **state)
{
    (void)state;
    static const struct {
        enum property_id id;
        uint32_t accepted, refused;
        HRESULT refusal;
    } cases[] = {
        {PROPERTY_MINIMUM_RETRY_DELAY, 5, 4, E_INVALIDARG},     {PROPERTY_PROXY_USAGE, 3, 4, E_NOTIMPL},
        {PROPERTY_SECURITY_FLAGS, 0x81F, 0x20, E_NOTIMPL},      {PROPERTY_SECURITY_FLAGS, 0x200, 0x400, E_NOTIMPL},
        {PROPERTY_FILE_ACL_FLAGS, 0xF, 0x10, E_INVALIDARG},     {PROPERTY_PEER_CACHING_FLAGS, 3, 4, E_INVALIDARG},
        {PROPERTY_COST_FLAGS, 0x80000021, 0x100, E_INVALIDARG}, {PROPERTY_USE_STORED_CREDENTIALS, 2, 3, E_INVALIDARG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(check_u32(cases[i].id, cases[i].accepted), S_OK);
        assert_int_equal(check_u32(cases[i].id, cases[i].refused), cases[i].refusal);
    }
    assert_int_equal(check_u32(PROPERTY_NO_PROGRESS_TIMEOUT, 0), S_OK);
    assert_int_equal(check_u32(PROPERTY_NO_PROGRESS_TIMEOUT, UINT32_MAX), S_OK);
}

static void texts_have_their_limits(void **state)
{
    (void)state;
    static const struct {
        enum property_id id;
        size_t longest;
        HRESULT refusal;
    } cases[] = {
        {PROPERTY_PROXY_LIST, 4000, BG_E_PROXY_LIST_TOO_LARGE},
        {PROPERTY_PROXY_BYPASS, 4000, BG_E_PROXY_BYPASS_LIST_TOO_LARGE},
        {PROPERTY_NOTIFY_PROGRAM, 260, BG_E_STRING_TOO_LONG},
        {PROPERTY_NOTIFY_PARAMETERS, 4000, BG_E_STRING_TOO_LONG},
        {PROPERTY_CUSTOM_HEADERS, 16383, BG_E_STRING_TOO_LONG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char16_t *text = malloc((cases[i].longest + 2) * sizeof *text);
        for (size_t j = 0; j <= cases[i].longest; j++)
            text[j] = u'a';
        text[cases[i].longest + 1] = 0;
        struct property_value value = property_of_text(cases[i].id, text);
        assert_int_equal(property_check(&value, OF_JOB), cases[i].refusal);
        text[cases[i].longest] = 0;
        value = property_of_text(cases[i].id, text);
        assert_int_equal(value.size, 2 * cases[i].longest);
        assert_int_equal(property_check(&value, OF_JOB), S_OK);
        free(text);
    }
    struct property_value empty = property_of_text(PROPERTY_PROXY_LIST, u"");
    assert_int_equal(property_check(&empty, OF_JOB), S_OK);
}

/* The buffers have exactly the size that is told: ASan sees a byte too many. */
static void bytes_of_another_form_are_no_value(void **state)
{
    (void)state;
    static const struct {
        enum property_id id;
        size_t size;
        uint8_t bytes[18];
    } cases[] = {
        {PROPERTY_PROXY_USAGE, 0, {0}},          {PROPERTY_PROXY_USAGE, 3, {0}},
        {PROPERTY_PROXY_USAGE, 5, {0}},          {PROPERTY_MAX_DOWNLOAD_SIZE, 4, {0}},
        {PROPERTY_DYNAMIC_CONTENT, 4, {0}},      {PROPERTY_DYNAMIC_CONTENT, 1, {2}},
        {PROPERTY_NOTIFICATION_CLSID, 15, {0}},  {PROPERTY_NOTIFICATION_CLSID, 17, {0}},
        {PROPERTY_PROXY_LIST, 3, {'a', 0, 'b'}}, {PROPERTY_PROXY_LIST, 4, {'a', 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = malloc(cases[i].size + !cases[i].size);
        for (size_t j = 0; j < cases[i].size; j++)
            bytes[j] = cases[i].bytes[j];
        struct property_value value = property_of_bytes(cases[i].id, bytes, cases[i].size);
        assert_int_equal(property_check(&value, OF_JOB), E_INVALIDARG);
        assert_false(property_is_storable(cases[i].id, OF_JOB, bytes, cases[i].size));
        free(bytes);
    }
}

static void a_property_belongs_to_jobs_or_to_files(void **state)
{
    (void)state;
    struct property_value of_job = property_of_bytes(PROPERTY_DYNAMIC_CONTENT, "\1", 1);
    struct property_value of_file = property_of_bytes(PROPERTY_VALIDATION_STATE, "\1", 1);
    assert_int_equal(property_check(&of_job, OF_JOB), S_OK);
    assert_int_equal(property_check(&of_job, OF_FILE), E_INVALIDARG);
    assert_int_equal(property_check(&of_file, OF_FILE), S_OK);
    assert_int_equal(property_check(&of_file, OF_JOB), E_INVALIDARG);
    struct property_value removed = property_removed(PROPERTY_DYNAMIC_CONTENT);
    assert_int_equal(property_check(&removed, OF_JOB), S_OK);
    assert_int_equal(property_check(&removed, OF_FILE), E_INVALIDARG);
    removed.id = (enum property_id)4711;
    assert_int_equal(property_check(&removed, OF_JOB), E_INVALIDARG);
}

static void a_file_holds_secrets_encrypted_and_nothing_that_is_not_stored(void **state)
{
    (void)state;
    const size_t longest = 131676 + 4096; /* a flag, 300 + 65,535 characters, two terminators; what encryption adds */
    uint8_t *bytes = calloc(1, longest + 1);
    assert_true(property_is_storable(PROPERTY_SERVER_BASIC, OF_JOB, bytes, longest));
    assert_false(property_is_storable(PROPERTY_SERVER_BASIC, OF_JOB, bytes, longest + 1));
    assert_true(property_is_storable(PROPERTY_CLIENT_CERTIFICATE, OF_JOB, bytes, 8192));
    assert_false(property_is_storable(PROPERTY_CLIENT_CERTIFICATE, OF_JOB, bytes, 8193));
    assert_false(property_is_storable(PROPERTY_SINK_IS_STREAM, OF_FILE, bytes, 1));
    assert_false(property_is_storable(PROPERTY_SERVER_BASIC, OF_FILE, bytes, 1));
    assert_true(property_is_storable(PROPERTY_PROXY_LIST, OF_JOB, NULL, 0));
    free(bytes);
}

static void numbers_are_read_least_significant_byte_first(void **state)
{
    (void)state;
    static const uint8_t bytes[8] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    struct property_value value = property_of_bytes(PROPERTY_MAX_DOWNLOAD_SIZE, bytes, 8);
    assert_true(property_number(&value) == 0x1122334455667788);
    value = property_of_bytes(PROPERTY_PROXY_USAGE, bytes, 4);
    assert_true(property_number(&value) == 0x55667788);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_what_queue_files_hold),
        cmocka_unit_test(numbers_have_their_limits),
        cmocka_unit_test(texts_have_their_limits),
        cmocka_unit_test(bytes_of_another_form_are_no_value),
        cmocka_unit_test(a_property_belongs_to_jobs_or_to_files),
        cmocka_unit_test(a_file_holds_secrets_encrypted_and_nothing_that_is_not_stored),
        cmocka_unit_test(numbers_are_read_least_significant_byte_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
