/* Settings: an administrator's policy, where there is one, over environment over HKCU\Software\dosvc over HKLM\Software\dosvc over the default (docs/SETTINGS.md). One
 * table row per setting. */
#ifndef DOSVC_PLATFORM_SETTINGS_H
#define DOSVC_PLATFORM_SETTINGS_H

#include "bandwidth_policy.h"
#include "log.h"

struct settings {
    char16_t *queue_dir;         /* DOSVC_QUEUE_DIR / QueueDir: fully qualified; default %LOCALAPPDATA%\dosvc\queue */
    char16_t *log_path;          /* DOSVC_LOG / Log: default %LOCALAPPDATA%\dosvc\dosvc.log */
    enum log_level log_level;    /* DOSVC_LOG_LEVEL / LogLevel: error, warn, info, trace; default info */
    uint32_t retry_base_ms;      /* DOSVC_RETRY_BASE_MS / RetryBaseMs: first retry delay, default 1000, 1..3600000 */
    uint32_t range_cut_mib;      /* DOSVC_RANGE_CUT_MIB / RangeCutMiB: default 64, 0..2047 */
    uint32_t receive_timeout_ms; /* DOSVC_RECEIVE_TIMEOUT_MS / ReceiveTimeoutMs: default 30000, 100..3600000 */
    /* DOSVC_NO_PROGRESS_MIN_S / NoProgressMinS: floor of a download's NoProgressTimeoutSeconds, default 60, 0..86400 */
    uint32_t no_progress_min_s;
    /* Policies of Delivery Optimization, with settings of our own beside them (docs/SETTINGS.md). */
    struct bandwidth_policy background, foreground;
    uint32_t download_mode; /* DownloadMode's values: 99 Simple, 100 Bypass */
    uint32_t allow_unc;     /* DOSVC_ALLOW_UNC / AllowUnc: 1: local names may be on shares; default 0 */
};

/* Reads all of them once. A value that is malformed or out of range is ignored with a warning in the log, and the
 * next source counts. E_OUTOFMEMORY; the HRESULT of a user without a folder for local application data, when a
 * default needs it. */
HRESULT settings_load(struct settings *settings);
/* The bandwidth's alone, once more: `background` and `foreground`, nothing else. What is ignored is not told again. E_OUTOFMEMORY. */
HRESULT settings_load_bandwidth(struct settings *settings);
void settings_clear(struct settings *settings); /* frees the strings */

#endif
