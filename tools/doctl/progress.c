#include "progress.h"

#include "output.h"

#include <stdio.h>

#define LINE_MAX 256

static struct progress_view view_of(const struct progress *progress, const BG_JOB_PROGRESS *job)
{
    return (struct progress_view){
        .bytes_transferred = job->BytesTransferred,
        .bytes_total = job->BytesTotal == BG_SIZE_UNKNOWN ? PROGRESS_UNKNOWN : job->BytesTotal,
        .files_transferred = job->FilesTransferred,
        .files_total = job->FilesTotal,
        .rate = progress_rate_value(&progress->rate),
    };
}

void progress_begin(struct progress *progress, enum progress_style style, const BG_JOB_PROGRESS *job)
{
    if (style == PROGRESS_AUTO) {
        style = output_is_console(OUTPUT_RESULT) ? PROGRESS_BAR : PROGRESS_LINES;
    }
    *progress = (struct progress){
        .style = style,
        .started = GetTickCount64(),
        .bytes_before = job->BytesTransferred,
        .files_shown = job->FilesTransferred,
    };
    progress_rate_add(&progress->rate, progress->started, job->BytesTransferred);
    if (style == PROGRESS_LINES) {
        output_print(OUTPUT_RESULT, L"downloading %lu file%hs\n", job->FilesTotal, job->FilesTotal == 1 ? "" : "s");
    }
}

/* One line each tenth of the bytes; while their number is unknown, one each file. The end has a line of its own. */
static bool is_line_due(struct progress *progress, const struct progress_view *view)
{
    int tenths = progress_percent(view->bytes_transferred, view->bytes_total) / 10;
    bool is_due;
    if (view->bytes_total == PROGRESS_UNKNOWN) {
        is_due = view->files_transferred > progress->files_shown;
    } else {
        is_due = tenths > progress->tenths_shown && tenths < 10;
        progress->tenths_shown = tenths;
    }
    progress->files_shown = view->files_transferred;
    return is_due;
}

void progress_show(struct progress *progress, const BG_JOB_PROGRESS *job)
{
    char line[LINE_MAX];
    progress_rate_add(&progress->rate, GetTickCount64(), job->BytesTransferred);
    struct progress_view view = view_of(progress, job);
    if (progress->style == PROGRESS_BAR) {
        progress_format_line(line, sizeof line, output_line_width(), &view);
        output_live_line(line);
    } else if (progress->style == PROGRESS_LINES && is_line_due(progress, &view)) {
        progress_format_plain(line, sizeof line, &view);
        output_print(OUTPUT_RESULT, L"%hs\n", line);
    }
}

void progress_finish(struct progress *progress, const BG_JOB_PROGRESS *job)
{
    char line[LINE_MAX];
    if (progress->style != PROGRESS_NONE) {
        progress_format_summary(line, sizeof line, job->FilesTotal, job->BytesTransferred,
                                job->BytesTransferred - progress->bytes_before, GetTickCount64() - progress->started);
        output_print(OUTPUT_RESULT, L"done: %hs\n", line);
    }
}
