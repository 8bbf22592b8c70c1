#include "registry_faults.h"

static struct {
    unsigned int calls_left; /* until the one that fails; 0: none will */
    bool goes_on;
    bool denies_writes;
    bool happened;
    LSTATUS status;
    int open_keys;
} faults;

void registry_faults_off(void)
{
    int open_keys = faults.open_keys;

    faults.calls_left = 0;
    faults.goes_on = faults.denies_writes = faults.happened = false;
    faults.open_keys = open_keys;
}

void registry_faults_fail_once(unsigned int n, LSTATUS status)
{
    registry_faults_off();
    faults.calls_left = n;
    faults.status = status;
}

void registry_faults_fail_from(unsigned int n, LSTATUS status)
{
    registry_faults_fail_once(n, status);
    faults.goes_on = true;
}

void registry_faults_deny_writes(void)
{
    registry_faults_off();
    faults.denies_writes = true;
    faults.status = ERROR_ACCESS_DENIED;
}

bool registry_faults_happened(void)
{
    return faults.happened;
}

int registry_faults_open_keys(void)
{
    return faults.open_keys;
}

static bool is_faulty(bool writes)
{
    if (faults.denies_writes) {
        faults.happened = faults.happened || writes;
        return writes;
    }
    if (faults.goes_on && faults.happened) {
        return true;
    }
    if (faults.calls_left && --faults.calls_left == 0) {
        faults.happened = true;
        return true;
    }
    return false;
}

static LSTATUS count_open(LSTATUS status)
{
    faults.open_keys += status == ERROR_SUCCESS;
    return status;
}

static LSTATUS WINAPI faulty_create_key(HKEY key, LPCWSTR path, DWORD reserved, LPWSTR class_name, DWORD options,
                                        REGSAM access, LPSECURITY_ATTRIBUTES security, PHKEY result,
                                        LPDWORD disposition)
{
    return is_faulty(true) ? faults.status
                           : count_open(RegCreateKeyExW(key, path, reserved, class_name, options, access, security,
                                                        result, disposition));
}

static LSTATUS WINAPI faulty_open_key(HKEY key, LPCWSTR path, DWORD options, REGSAM access, PHKEY result)
{
    return is_faulty((access & KEY_SET_VALUE) != 0) ? faults.status
                                                    : count_open(RegOpenKeyExW(key, path, options, access, result));
}

static LSTATUS WINAPI faulty_close_key(HKEY key)
{
    faults.open_keys--;
    return RegCloseKey(key);
}

static LSTATUS WINAPI faulty_delete_key(HKEY key, LPCWSTR path, REGSAM access, DWORD reserved)
{
    return is_faulty(true) ? faults.status : RegDeleteKeyExW(key, path, access, reserved);
}

static LSTATUS WINAPI faulty_query_info(HKEY key, LPWSTR class_name, LPDWORD class_length, LPDWORD reserved,
                                        LPDWORD keys, LPDWORD longest_key, LPDWORD longest_class, LPDWORD values,
                                        LPDWORD longest_name, LPDWORD longest_value, LPDWORD security, PFILETIME time)
{
    return is_faulty(false) ? faults.status
                            : RegQueryInfoKeyW(key, class_name, class_length, reserved, keys, longest_key,
                                               longest_class, values, longest_name, longest_value, security, time);
}

static LSTATUS WINAPI faulty_query_value(HKEY key, LPCWSTR name, LPDWORD reserved, LPDWORD type, LPBYTE data,
                                         LPDWORD size)
{
    return is_faulty(false) ? faults.status : RegQueryValueExW(key, name, reserved, type, data, size);
}

static LSTATUS WINAPI faulty_set_value(HKEY key, LPCWSTR name, DWORD reserved, DWORD type, const BYTE *data, DWORD size)
{
    return is_faulty(true) ? faults.status : RegSetValueExW(key, name, reserved, type, data, size);
}

static LSTATUS WINAPI faulty_delete_value(HKEY key, LPCWSTR name)
{
    return is_faulty(true) ? faults.status : RegDeleteValueW(key, name);
}

const struct registry_ops registry_ops_faulty = {
    .create_key = faulty_create_key,
    .open_key = faulty_open_key,
    .close_key = faulty_close_key,
    .delete_key = faulty_delete_key,
    .query_info = faulty_query_info,
    .query_value = faulty_query_value,
    .set_value = faulty_set_value,
    .delete_value = faulty_delete_value,
};
