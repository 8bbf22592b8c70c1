/* WinHTTP's codes as the engine sees them, and which of them may pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "http_transport.h"
#include "http_winhttp_error.h"

struct row {
    unsigned long error;
    uint32_t hr;
    bool is_transient;
};

static void each_code_has_its_hresult_and_class(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {12002, 0x80072EE2, true},  /* ERROR_WINHTTP_TIMEOUT */
        {12007, 0x80072EE7, true},  /* NAME_NOT_RESOLVED */
        {12029, 0x80072EFD, true},  /* CANNOT_CONNECT */
        {12030, 0x80072EFE, true},  /* CONNECTION_ERROR */
        {12032, 0x80072F00, true},  /* RESEND_REQUEST */
        {12157, 0x80072F7D, true},  /* SECURE_CHANNEL_ERROR */
        {12152, 0x80072F78, true},  /* INVALID_SERVER_RESPONSE */
        {12005, 0x80072EE5, false}, /* INVALID_URL */
        {12006, 0x80072EE6, false}, /* UNRECOGNIZED_SCHEME */
        {12044, 0x80072F0C, false}, /* CLIENT_AUTH_CERT_NEEDED */
        {12156, 0x80072F7C, false}, /* REDIRECT_FAILED */
        {8, 0x8007000E, true},      /* ERROR_NOT_ENOUGH_MEMORY */
        {5, 0x80070005, false},     /* ERROR_ACCESS_DENIED */
        {0, 0x80004005, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal((uint32_t)http_winhttp_hresult(rows[i].error), rows[i].hr);
        assert_int_equal(http_failure_is_transient((HRESULT)rows[i].hr), rows[i].is_transient);
    }
}

static void winsock_codes_become_winhttp_codes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {10060, 0x80072EE2, true}, /* WSAETIMEDOUT */
        {10061, 0x80072EFD, true}, /* WSAECONNREFUSED */
        {10051, 0x80072EFD, true}, /* WSAENETUNREACH */
        {10065, 0x80072EFD, true}, /* WSAEHOSTUNREACH */
        {10054, 0x80072EFE, true}, /* WSAECONNRESET */
        {10053, 0x80072EFE, true}, /* WSAECONNABORTED */
        {11001, 0x80072EE7, true}, /* WSAHOST_NOT_FOUND */
        {11002, 0x80072EE7, true}, /* WSATRY_AGAIN */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal((uint32_t)http_winhttp_hresult(rows[i].error), rows[i].hr);
        assert_true(http_failure_is_transient((HRESULT)rows[i].hr));
    }
}

static void every_certificate_failure_is_one_code(void **state)
{
    (void)state;
    static const unsigned long errors[] = {
        12037,      /* SECURE_CERT_DATE_INVALID */
        12038,      /* SECURE_CERT_CN_INVALID */
        12045,      /* SECURE_INVALID_CA */
        12057,      /* SECURE_CERT_REV_FAILED */
        12169,      /* SECURE_INVALID_CERT */
        12170,      /* SECURE_CERT_REVOKED */
        12175,      /* SECURE_FAILURE */
        12179,      /* SECURE_CERT_WRONG_USAGE */
        0x800B0101, /* CERT_E_EXPIRED */
        0x800B0109, /* CERT_E_UNTRUSTEDROOT */
        0x800B010F, /* CERT_E_CN_NO_MATCH */
        0x80092010, /* CRYPT_E_REVOKED */
        0x80090325, /* SEC_E_UNTRUSTED_ROOT */
        0x80090328, /* SEC_E_CERT_EXPIRED */
        0x80090331, /* SEC_E_ALGORITHM_MISMATCH */
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        assert_int_equal(http_winhttp_hresult(errors[i]), DO_E_HTTP_CERT_VALIDATION);
    assert_false(http_failure_is_transient(DO_E_HTTP_CERT_VALIDATION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_its_hresult_and_class),
        cmocka_unit_test(winsock_codes_become_winhttp_codes),
        cmocka_unit_test(every_certificate_failure_is_one_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
