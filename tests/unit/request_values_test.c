/* Credentials and certificates as bytes: there and back, and bytes that somebody else made. */
#include "request_values.h"

#include "bits_error.h"
#include "memory.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void each_target_and_scheme_has_a_property_of_its_own(void **state)
{
    (void)state;
    bool is_used[PROPERTY_ID_COUNT] = {false};
    for (uint32_t target = 1; target <= 2; target++) {
        for (uint32_t scheme = 1; scheme <= 4; scheme++) {
            const struct http_credential credential = {(enum http_auth_target)target, (enum http_auth_scheme)scheme,
                                                       u"user", u"pass"};
            struct http_credential back;
            enum property_id id;
            void *bytes;
            size_t size;
            assert_int_equal(credential_property(target, scheme, &id), S_OK);
            assert_false(is_used[id]);
            is_used[id] = true;
            assert_int_equal(credential_encode(&credential, &bytes, &size), S_OK);
            assert_true(credential_decode(id, bytes, size, &back));
            assert_int_equal(back.target, target);
            assert_int_equal(back.scheme, scheme);
            assert_true(utf16_equal(back.user, u"user"));
            assert_true(utf16_equal(back.password, u"pass"));
            mem_free(bytes);
        }
    }
}

static void unknown_targets_and_schemes_have_none(void **state)
{
    (void)state;
    enum property_id id;
    assert_int_equal(credential_property(0, 1, &id), BG_E_INVALID_AUTH_TARGET);
    assert_int_equal(credential_property(3, 9, &id), BG_E_INVALID_AUTH_TARGET);
    assert_int_equal(credential_property(1, 0, &id), BG_E_INVALID_AUTH_SCHEME);
    assert_int_equal(credential_property(2, 5, &id), BG_E_INVALID_AUTH_SCHEME);
    assert_int_equal(credential_property(UINT32_MAX, 1, &id), BG_E_INVALID_AUTH_TARGET);
}

/* No names is not the same as empty ones. */
static void the_user_of_the_process_has_no_names(void **state)
{
    (void)state;
    struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_NEGOTIATE, NULL, NULL}, back;
    void *bytes;
    size_t size;
    assert_int_equal(credential_encode(&credential, &bytes, &size), S_OK);
    assert_true(credential_decode(PROPERTY_SERVER_NEGOTIATE, bytes, size, &back));
    assert_null(back.user);
    assert_null(back.password);
    mem_free(bytes);
    credential.user = credential.password = u"";
    assert_int_equal(credential_encode(&credential, &bytes, &size), S_OK);
    assert_true(credential_decode(PROPERTY_SERVER_NEGOTIATE, bytes, size, &back));
    assert_true(back.user && !back.user[0]);
    assert_true(back.password && !back.password[0]);
    mem_free(bytes);
}

/* In a buffer of exactly that size: ASan sees a byte too many. */
static bool is_credential(const void *bytes, size_t size)
{
    struct http_credential credential;
    void *copy = malloc(size + !size);
    memcpy(copy, bytes, size);
    bool is_one = credential_decode(PROPERTY_SERVER_BASIC, copy, size, &credential);
    free(copy);
    return is_one;
}

static void bytes_that_are_no_credential_are_refused(void **state)
{
    (void)state;
    static const char16_t good[] = {1, u'u', 0, u'p', 0};
    assert_true(is_credential(good, sizeof good));
    for (size_t size = 0; size < sizeof good; size++)
        assert_false(is_credential(good, size));
    static const char16_t unknown_flag[] = {2, u'u', 0, u'p', 0};
    static const char16_t three_texts[] = {1, u'u', 0, u'p', 0, u'x', 0};
    static const char16_t unterminated[] = {1, u'u', 0, u'p', u'p'};
    assert_false(is_credential(unknown_flag, sizeof unknown_flag));
    assert_false(is_credential(three_texts, sizeof three_texts));
    assert_false(is_credential(unterminated, sizeof unterminated));
    struct http_credential credential;
    assert_false(credential_decode(PROPERTY_PROXY_LIST, good, sizeof good, &credential));
}

static void certificates_come_back(void **state)
{
    (void)state;
    struct http_client_certificate by_hash = {.kind = HTTP_CERT_BY_HASH, .location = 7, .store = u"MY"}, back;
    const struct http_client_certificate by_subject = {.kind = HTTP_CERT_BY_SUBJECT, .store = u"S", .subject = u"me"};
    void *bytes;
    size_t size;
    memset(by_hash.hash, 0xA5, sizeof by_hash.hash);
    assert_int_equal(certificate_encode(&by_hash, &bytes, &size), S_OK);
    assert_true(certificate_decode(bytes, size, &back));
    assert_int_equal(back.kind, HTTP_CERT_BY_HASH);
    assert_int_equal(back.location, 7);
    assert_true(utf16_equal(back.store, u"MY"));
    assert_memory_equal(back.hash, by_hash.hash, sizeof by_hash.hash);
    mem_free(bytes);
    assert_int_equal(certificate_encode(&by_subject, &bytes, &size), S_OK);
    assert_true(certificate_decode(bytes, size, &back));
    assert_int_equal(back.kind, HTTP_CERT_BY_SUBJECT);
    assert_true(utf16_equal(back.store, u"S"));
    assert_true(utf16_equal(back.subject, u"me"));
    assert_false(certificate_decode(bytes, size - 2, &back));
    ((uint8_t *)bytes)[0] = 8; /* the location */
    assert_false(certificate_decode(bytes, size, &back));
    ((uint8_t *)bytes)[0] = 0;
    ((uint8_t *)bytes)[1] = HTTP_CERT_SERIALIZED;
    assert_false(certificate_decode(bytes, size, &back));
    mem_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_target_and_scheme_has_a_property_of_its_own),
        cmocka_unit_test(unknown_targets_and_schemes_have_none),
        cmocka_unit_test(the_user_of_the_process_has_no_names),
        cmocka_unit_test(bytes_that_are_no_credential_are_refused),
        cmocka_unit_test(certificates_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
