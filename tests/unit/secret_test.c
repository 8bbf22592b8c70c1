/* Secrets: sealed ones open again, and show nothing. */
#include "secret.h"

#include "memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_was_sealed_opens_again(void **state)
{
    (void)state;
    static const char secret[] = "a secret of some length, with a \0 in it";
    void *sealed, *opened;
    size_t sealed_size, size;
    assert_int_equal(secret_seal(secret, sizeof secret, &sealed, &sealed_size), S_OK);
    assert_true(sealed_size > sizeof secret);
    for (size_t i = 0; i + 8 <= sealed_size; i++)
        assert_memory_not_equal((const char *)sealed + i, secret, 8);
    assert_int_equal(secret_open(sealed, sealed_size, &opened, &size), S_OK);
    assert_int_equal(size, sizeof secret);
    assert_memory_equal(opened, secret, size);
    secret_free(opened, size);
    mem_free(sealed);
}

static void other_bytes_do_not_open(void **state)
{
    (void)state;
    void *sealed, *opened = &sealed;
    size_t sealed_size, size = 7;
    assert_int_equal(secret_seal("secret", 6, &sealed, &sealed_size), S_OK);
    ((uint8_t *)sealed)[sealed_size - 1] ^= 1;
    assert_true(FAILED(secret_open(sealed, sealed_size, &opened, &size)));
    assert_null(opened);
    assert_int_equal(size, 0);
    assert_true(FAILED(secret_open("nonsense", 8, &opened, &size)));
    mem_free(sealed);
    secret_free(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens_again),
        cmocka_unit_test(other_bytes_do_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
