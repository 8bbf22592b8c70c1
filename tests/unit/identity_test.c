/* Who calls, as Windows itself tells it. A second user is not to be had on every machine, so impersonation is of
 * oneself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <windows.h>
#include <sddl.h>

#include <cmocka.h>

#include "identity.h"

static struct caller call(void)
{
    struct identity *identity = identity_system();
    struct caller caller;
    memset(&caller, 0xAA, sizeof(caller));
    assert_int_equal(identity->caller(identity, &caller), S_OK);
    return caller;
}

static void assert_is_process_user(const struct caller *caller)
{
    HANDLE token;
    BYTE user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    DWORD size;
    LPWSTR sid;
    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    assert_true(GetTokenInformation(token, TokenUser, user, sizeof(user), &size));
    CloseHandle(token);
    assert_true(ConvertSidToStringSidW(((TOKEN_USER *)(void *)user)->User.Sid, &sid));
    assert_true(wcscmp(caller->sid, sid) == 0);
    LocalFree(sid);
}

static void a_plain_thread_is_the_process_user(void **state)
{
    (void)state;
    struct caller caller = call();
    assert_is_process_user(&caller);
    /* The label's RID: low, medium, medium plus, high or system. */
    assert_true(caller.integrity_level >= 0x1000 && caller.integrity_level <= 0x4000);
    BOOL is_member;
    BYTE administrators[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(administrators);
    assert_true(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, administrators, &size));
    assert_true(CheckTokenMembership(NULL, administrators, &is_member));
    assert_int_equal(caller.is_administrator, is_member != FALSE);
    struct caller again = call();
    assert_memory_equal(&again, &caller, sizeof(caller));
}

static void an_impersonating_thread_is_whom_it_impersonates(void **state)
{
    (void)state;
    assert_true(ImpersonateSelf(SecurityIdentification));
    struct caller caller = call();
    assert_true(RevertToSelf());
    assert_is_process_user(&caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_thread_is_the_process_user),
        cmocka_unit_test(an_impersonating_thread_is_whom_it_impersonates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
