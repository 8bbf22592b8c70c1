#include "settings.h"

#include "local_path.h"
#include "memory.h"
#include "tuning.h"
#include "utf16.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <shlobj.h>

#define REGISTRY_KEY      L"Software\\dosvc"
#define POLICY_KEY        L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
#define BACKGROUND_HOURS  L"DOSetHoursToLimitBackgroundDownloadBandwidth"
#define FOREGROUND_HOURS  L"DOSetHoursToLimitForegroundDownloadBandwidth"
#define NUMBER_MAX_LENGTH 10 /* digits of a DWORD */

enum setting_kind { SETTING_PATH, SETTING_LEVEL, SETTING_NUMBER };

struct setting {
    const wchar_t *variable; /* in the environment */
    const wchar_t *value;    /* below REGISTRY_KEY */
    enum setting_kind kind;
    size_t field;                  /* its place in struct settings */
    uint32_t minimum, maximum;     /* of a number */
    uint32_t default_number;       /* of a number or a level */
    const wchar_t *default_suffix; /* of a path: follows %LOCALAPPDATA% */
    const wchar_t *policy;         /* below POLICY_KEY, in HKLM; NULL: an administrator cannot fix it */
};

#define NUMBER(variable, value, field, least, most, preset, policy)                                                    \
    {                                                                                                                  \
        variable, value, SETTING_NUMBER, offsetof(struct settings, field), least, most, preset, NULL, policy           \
    }
#define BANDWIDTH(variable, value, field, policy) NUMBER(variable, value, field, 0, 4000000, 0, policy)
#define HOUR(variable, value, field, policy)      NUMBER(variable, value, field, 0, 23, 0, policy)
#define PERCENT(variable, value, field, policy)   NUMBER(variable, value, field, 0, 100, 0, policy)

static const struct setting table[] = {
    {L"DOSVC_QUEUE_DIR", L"QueueDir", SETTING_PATH, offsetof(struct settings, queue_dir), 0, 0, 0, L"\\dosvc\\queue",
     NULL},
    {L"DOSVC_LOG", L"Log", SETTING_PATH, offsetof(struct settings, log_path), 0, 0, 0, L"\\dosvc\\dosvc.log", NULL},
    {L"DOSVC_LOG_LEVEL", L"LogLevel", SETTING_LEVEL, offsetof(struct settings, log_level), 0, 0, LOG_INFO, NULL, NULL},
    {L"DOSVC_RETRY_BASE_MS", L"RetryBaseMs", SETTING_NUMBER, offsetof(struct settings, retry_base_ms), 1, 3600000, 1000,
     NULL, NULL},
    NUMBER(L"DOSVC_RECEIVE_TIMEOUT_MS", L"ReceiveTimeoutMs", receive_timeout_ms, 100, 3600000,
           TRANSFER_RECEIVE_TIMEOUT_MS, NULL),
    NUMBER(L"DOSVC_RANGE_CUT_MIB", L"RangeCutMiB", range_cut_mib, 0, 2047, RANGE_CUT_MIB, NULL),
    {L"DOSVC_NO_PROGRESS_MIN_S", L"NoProgressMinS", SETTING_NUMBER, offsetof(struct settings, no_progress_min_s), 0,
     86400, 60, NULL, NULL},
    {L"DOSVC_ALLOW_UNC", L"AllowUnc", SETTING_NUMBER, offsetof(struct settings, allow_unc), 0, 1, 0, NULL, NULL},
    BANDWIDTH(L"DOSVC_MAX_BACKGROUND_KBPS", L"MaxBackgroundKbps", background.most_kbps,
              L"DOMaxBackgroundDownloadBandwidth"),
    HOUR(L"DOSVC_BACKGROUND_HOURS_FROM", L"BackgroundHoursFrom", background.from, BACKGROUND_HOURS L"From"),
    HOUR(L"DOSVC_BACKGROUND_HOURS_TO", L"BackgroundHoursTo", background.to, BACKGROUND_HOURS L"To"),
    PERCENT(L"DOSVC_BACKGROUND_HOURS_IN", L"BackgroundHoursIn", background.percent_in, BACKGROUND_HOURS L"In"),
    PERCENT(L"DOSVC_BACKGROUND_HOURS_OUT", L"BackgroundHoursOut", background.percent_out, BACKGROUND_HOURS L"Out"),
    BANDWIDTH(L"DOSVC_MAX_FOREGROUND_KBPS", L"MaxForegroundKbps", foreground.most_kbps,
              L"DOMaxForegroundDownloadBandwidth"),
    HOUR(L"DOSVC_FOREGROUND_HOURS_FROM", L"ForegroundHoursFrom", foreground.from, FOREGROUND_HOURS L"From"),
    HOUR(L"DOSVC_FOREGROUND_HOURS_TO", L"ForegroundHoursTo", foreground.to, FOREGROUND_HOURS L"To"),
    PERCENT(L"DOSVC_FOREGROUND_HOURS_IN", L"ForegroundHoursIn", foreground.percent_in, FOREGROUND_HOURS L"In"),
    PERCENT(L"DOSVC_FOREGROUND_HOURS_OUT", L"ForegroundHoursOut", foreground.percent_out, FOREGROUND_HOURS L"Out"),
    NUMBER(L"DOSVC_DOWNLOAD_MODE", L"DownloadMode", download_mode, 0, 100, 0, L"DODownloadMode"),
};

#define SETTING_COUNT (sizeof(table) / sizeof(table[0]))

/* Where a value may stand, the strongest first. All of them give text, a DWORD its decimal form. */
enum source { SOURCE_POLICY, SOURCE_ENVIRONMENT, SOURCE_USER, SOURCE_MACHINE, SOURCE_COUNT };

static const wchar_t *const source_names[SOURCE_COUNT] = {L"HKLM\\" POLICY_KEY, L"the environment",
                                                          L"HKCU\\" REGISTRY_KEY, L"HKLM\\" REGISTRY_KEY};

/* Both readers: S_FALSE when nothing is there; otherwise *text is new. */
static HRESULT read_environment(const wchar_t *name, char16_t **text)
{
    DWORD size = GetEnvironmentVariableW(name, NULL, 0); /* with the terminator */
    if (size <= 1)
        return S_FALSE; /* an empty variable is how cmd.exe spells none */
    *text = mem_alloc(size * sizeof(char16_t));
    if (!*text)
        return E_OUTOFMEMORY;
    if (GetEnvironmentVariableW(name, *text, size) < size)
        return S_OK;
    mem_free(*text); /* it grew meanwhile */
    *text = NULL;
    return S_FALSE;
}

static HRESULT read_registry(HKEY root, const wchar_t *key, const wchar_t *name, char16_t **text)
{
    const DWORD types = RRF_RT_REG_SZ | RRF_RT_REG_DWORD; /* REG_EXPAND_SZ comes expanded, as REG_SZ */
    DWORD type, size = 0;
    LSTATUS status = RegGetValueW(root, key, name, types, &type, NULL, &size);
    if (status == ERROR_UNSUPPORTED_TYPE)
        log_line(LOG_WARN, LOG_MODULE, L"setting %ls: its registry type is none of REG_SZ, REG_EXPAND_SZ, REG_DWORD",
                 name);
    if (status != ERROR_SUCCESS)
        return S_FALSE;
    DWORD room = size < (NUMBER_MAX_LENGTH + 1) * sizeof(char16_t) ? (NUMBER_MAX_LENGTH + 1) * sizeof(char16_t) : size;
    char16_t *value = mem_alloc(room);
    if (!value)
        return E_OUTOFMEMORY;
    status = RegGetValueW(root, key, name, types, &type, value, &size);
    if (status != ERROR_SUCCESS) {
        mem_free(value);
        return S_FALSE;
    }
    if (type == REG_DWORD) {
        DWORD number;
        memcpy(&number, value, sizeof(number));
        swprintf(value, NUMBER_MAX_LENGTH + 1, L"%lu", number);
    }
    *text = value;
    return S_OK;
}

static HRESULT read_source(enum source source, const struct setting *setting, char16_t **text)
{
    switch (source) {
    case SOURCE_POLICY:
        return setting->policy ? read_registry(HKEY_LOCAL_MACHINE, POLICY_KEY, setting->policy, text) : S_FALSE;
    case SOURCE_ENVIRONMENT: return read_environment(setting->variable, text);
    case SOURCE_USER: return read_registry(HKEY_CURRENT_USER, REGISTRY_KEY, setting->value, text);
    default: return read_registry(HKEY_LOCAL_MACHINE, REGISTRY_KEY, setting->value, text);
    }
}

static bool parse_level(const char16_t *text, enum log_level *level)
{
    static const wchar_t *const names[] = {L"error", L"warn", L"info", L"trace"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!utf16_equal_ascii_nocase(text, names[i]))
            continue;
        *level = (enum log_level)i;
        return true;
    }
    return false;
}

/* S_FALSE when `text` is no legal value of the setting. */
static HRESULT accept(struct settings *settings, const struct setting *setting, const char16_t *text)
{
    void *field = (char *)settings + setting->field;
    uint64_t number;
    switch (setting->kind) {
    case SETTING_PATH:
        /* The queue and the log are this machine's: a share does not keep the promises that they rest on. */
        if (local_path_classify(text) != LOCAL_PATH_DRIVE)
            return S_FALSE;
        *(char16_t **)field = local_path_normalise(text);
        return *(char16_t **)field ? S_OK : E_OUTOFMEMORY;
    case SETTING_LEVEL: return parse_level(text, field) ? S_OK : S_FALSE;
    default:
        if (!utf16_parse_u64(text, utf16_length(text), &number) || number < setting->minimum ||
            number > setting->maximum)
            return S_FALSE;
        *(uint32_t *)field = (uint32_t)number;
        return S_OK;
    }
}

/* The folder for data that stays on this machine. A service's environment may lack the variable. Returns new. */
static HRESULT local_app_data(char16_t **folder)
{
    HRESULT hr = read_environment(L"LOCALAPPDATA", folder);
    if (hr != S_FALSE)
        return hr;
    /* Loaded when needed: shell32 brings a lot along into every process that imports it. */
    typedef HRESULT(WINAPI * get_known_folder)(REFKNOWNFOLDERID, DWORD, HANDLE, PWSTR *);
    HMODULE shell = LoadLibraryExW(L"shell32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!shell)
        return log_last_error(LOG_MODULE, L"cannot load shell32.dll");
    get_known_folder get = (get_known_folder)(void (*)(void))GetProcAddress(shell, "SHGetKnownFolderPath");
    PWSTR path = NULL;
    hr = get ? get(&FOLDERID_LocalAppData, 0, NULL, &path) : E_NOTIMPL;
    if (SUCCEEDED(hr)) {
        *folder = utf16_duplicate(path);
        hr = *folder ? S_OK : E_OUTOFMEMORY;
    }
    CoTaskMemFree(path);
    FreeLibrary(shell);
    return FAILED(hr) ? log_failure(LOG_MODULE, hr, L"there is no folder for local application data") : S_OK;
}

static HRESULT use_default(struct settings *settings, const struct setting *setting)
{
    void *field = (char *)settings + setting->field;
    switch (setting->kind) {
    case SETTING_LEVEL: *(enum log_level *)field = (enum log_level)setting->default_number; return S_OK;
    case SETTING_NUMBER: *(uint32_t *)field = setting->default_number; return S_OK;
    default: break;
    }
    char16_t *folder = NULL;
    HRESULT hr = local_app_data(&folder);
    if (FAILED(hr) || !folder)
        return FAILED(hr) ? hr : E_OUTOFMEMORY;
    size_t length = utf16_length(folder);
    if (length && folder[length - 1] == u'\\')
        length--;
    size_t room = length + utf16_length(setting->default_suffix) + 1;
    char16_t *path = mem_alloc(room * sizeof(char16_t));
    if (path) {
        memcpy(path, folder, length * sizeof(char16_t));
        memcpy(path + length, setting->default_suffix, (room - length) * sizeof(char16_t));
    }
    mem_free(folder);
    *(char16_t **)field = path;
    return path ? S_OK : E_OUTOFMEMORY;
}

static HRESULT load_one(struct settings *settings, const struct setting *setting, bool is_quiet)
{
    for (int source = 0; source < SOURCE_COUNT; source++) {
        char16_t *text = NULL;
        HRESULT hr = read_source((enum source)source, setting, &text);
        if (hr == S_OK) {
            hr = accept(settings, setting, text);
            if (hr == S_FALSE && !is_quiet)
                log_line(LOG_WARN, LOG_MODULE, L"setting %ls in %ls is malformed or out of range and is ignored: %ls",
                         setting->value, source_names[source], text);
            mem_free(text);
            if (hr == S_OK)
                return S_OK;
        }
        if (FAILED(hr))
            return hr;
    }
    return use_default(settings, setting);
}

HRESULT settings_load(struct settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        HRESULT hr = load_one(settings, &table[i], false);
        if (FAILED(hr)) {
            settings_clear(settings);
            return log_failure(LOG_MODULE, hr, L"cannot read the setting %ls", table[i].value);
        }
    }
    return S_OK;
}

static bool is_of_bandwidth(const struct setting *setting)
{
    size_t background = offsetof(struct settings, background), foreground = offsetof(struct settings, foreground);
    return (setting->field >= background && setting->field < background + sizeof(struct bandwidth_policy)) ||
           (setting->field >= foreground && setting->field < foreground + sizeof(struct bandwidth_policy));
}

HRESULT settings_load_bandwidth(struct settings *settings)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        HRESULT hr = is_of_bandwidth(&table[i]) ? load_one(settings, &table[i], true) : S_OK;
        if (FAILED(hr))
            return log_failure(LOG_MODULE, hr, L"cannot read the setting %ls", table[i].value);
    }
    return S_OK;
}

void settings_clear(struct settings *settings)
{
    mem_free(settings->queue_dir);
    mem_free(settings->log_path);
    memset(settings, 0, sizeof(*settings));
}
