/* What requests carry, made of a job's properties. */
#include "memory_faults.h"
#include "request_options.h"

#include "memory.h"
#include "request_values.h"
#include "secret.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct property_set *set_of(const struct property_value *values, size_t count)
{
    struct property_set *set;
    assert_int_equal(property_set_alter(NULL, values, count, &set), S_OK);
    return set;
}

static const struct http_options *options_of(const struct property_value *values, size_t count)
{
    const struct http_options *options;
    struct property_set *set = set_of(values, count);
    assert_int_equal(request_options_create(set, &options), S_OK);
    mem_free(set);
    return options;
}

/* A credential as a set keeps it; new. */
static struct property_value sealed_credential(void)
{
    const struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"password"};
    void *bytes, *sealed;
    size_t size, sealed_size;
    assert_int_equal(credential_encode(&credential, &bytes, &size), S_OK);
    assert_int_equal(secret_seal(bytes, size, &sealed, &sealed_size), S_OK);
    secret_free(bytes, size);
    return property_of_bytes(PROPERTY_SERVER_BASIC, sealed, sealed_size);
}

static void what_concerns_no_request_makes_none(void **state)
{
    (void)state;
    const struct http_options *options = (const struct http_options *)"";
    const struct property_value values[] = {property_of_text(PROPERTY_NOTIFY_PROGRAM, u"a.exe"),
                                            property_of_bytes(PROPERTY_DYNAMIC_CONTENT, "\1", 1)};
    assert_int_equal(request_options_create(NULL, &options), S_OK);
    assert_null(options);
    assert_null(options_of(values, 2));
    assert_int_equal(memory_faults_blocks(), 0);
}

static void each_redirect_policy_has_its_flag(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        enum http_redirect_policy policy;
        bool to_http;
    } cases[] = {
        {0x000, HTTP_REDIRECT_ALLOW, false},
        {0x100, HTTP_REDIRECT_REPORT, false},
        {0x200, HTTP_REDIRECT_DISALLOW, false},
        {0x900, HTTP_REDIRECT_REPORT, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t storage[8];
        struct property_value value = property_of_number(PROPERTY_SECURITY_FLAGS, cases[i].flags | 0x12, storage);
        const struct http_options *options = options_of(&value, 1);
        assert_int_equal(options->redirect_policy, cases[i].policy);
        assert_int_equal(options->allows_insecure_redirect, cases[i].to_http);
        assert_int_equal(options->security_flags, HTTP_IGNORE_CERT_NAME | HTTP_IGNORE_CERT_USAGE);
        http_options_release(options);
    }
    assert_int_equal(memory_faults_blocks(), 0);
}

/* Sealed by another user, or changed on the disk. */
static void a_credential_that_does_not_open_is_left_out(void **state)
{
    (void)state;
    const struct property_value values[] = {property_of_text(PROPERTY_CUSTOM_HEADERS, u"A: b"),
                                            property_of_bytes(PROPERTY_PROXY_NTLM, "what nobody has sealed", 22),
                                            sealed_credential(),
                                            property_of_bytes(PROPERTY_CLIENT_CERTIFICATE, "none", 4)};
    const struct http_options *options = options_of(values, 4);
    assert_true(utf16_equal(options->headers, u"A: b"));
    assert_int_equal(options->credential_count, 1);
    assert_int_equal(options->credentials[0].target, HTTP_AUTH_SERVER);
    assert_true(utf16_equal(options->credentials[0].password, u"password"));
    assert_int_equal(options->certificate.kind, HTTP_CERT_NONE);
    http_options_release(options);
    mem_free((void *)(uintptr_t)values[2].bytes);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void memory_that_fails_loses_nothing(void **state)
{
    (void)state;
    const struct property_value values[] = {property_of_text(PROPERTY_PROXY_LIST, u"proxy:80"),
                                            property_of_text(PROPERTY_CUSTOM_HEADERS, u"A: b"), sealed_credential()};
    struct property_set *set = set_of(values, 3);
    const struct http_options *options;
    size_t blocks = memory_faults_blocks(), number = 0;
    HRESULT hr;
    do {
        memory_faults_fail(++number);
        hr = request_options_create(set, &options);
        if (FAILED(hr)) {
            assert_int_equal(hr, E_OUTOFMEMORY);
            assert_null(options);
            assert_int_equal(memory_faults_blocks(), blocks);
        }
    } while (FAILED(hr));
    memory_faults_fail(0);
    assert_in_range(number, 5, 20); /* the secret, the options and each text of them */
    http_options_release(options);
    mem_free(set);
    mem_free((void *)(uintptr_t)values[2].bytes);
    assert_int_equal(memory_faults_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_concerns_no_request_makes_none),
        cmocka_unit_test(each_redirect_policy_has_its_flag),
        cmocka_unit_test(a_credential_that_does_not_open_is_left_out),
        cmocka_unit_test(memory_that_fails_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
