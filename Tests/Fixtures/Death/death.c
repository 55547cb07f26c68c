/* Ends a process of zkops by SIGKILL at exact places of its journal; loaded into it by LD_PRELOAD, for tests.
 *
 * A place is a record and a manner: before the record is written, with half of its line written, once it is on the disk, and while the
 * action that it announces is under way. A record is known by its kind and by the names of its step, action and server, so that a run
 * that is resumed, and writes it again, is not ended there again.
 *
 * DEATH_LOG      a file with a line for each place at which a process has died; made by the first
 * DEATH_EVERY    N: one place of N is taken, by chance
 * DEATH_SEED     another seed takes other places
 * DEATH_FROM     N: no record before the Nth of the journal
 * DEATH_LIMIT    no more deaths than these
 * DEATH_SECONDS  a file of lines `ACTION SECONDS`: how long actions take when nothing disturbs them
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LONGEST = 400, MOST = 64 };

typedef struct {
    char key[LONGEST];    /* kind and names */
    char action[LONGEST]; /* of an action or its undoing that may change something; else empty */
    long number;          /* in the journal, from 1 */
    int begins;
} Record;

typedef struct {
    char key[LONGEST], action[LONGEST];
    long number;
    double seconds;
    int is_over;
} UnderWay;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held until the process ends by whoever ends it */
static Record written; /* its line is written, and not yet on the disk */
static UnderWay under_way[MOST];
static int last_under_way;

static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static unsigned long long chance(const char *text) {
    unsigned long long hash = 14695981039346656037ULL ^ strtoull(setting("DEATH_SEED", "0"), NULL, 10) * 0x9E3779B97F4A7C15ULL;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9ULL;
    return hash ^ hash >> 31;
}

/* Whether the process is to die here: then the place stands in the log. */
static int is_due(const char *manner, const char *key, long number) {
    char place[2 * LONGEST], line[2 * LONGEST];
    if (number < strtol(setting("DEATH_FROM", "0"), NULL, 10)) return 0;
    snprintf(place, sizeof place, "%s %s", manner, key);
    if (chance(place) % strtoull(setting("DEATH_EVERY", "1"), NULL, 10) != 0) return 0;
    long deaths = 0;
    FILE *log = fopen(setting("DEATH_LOG", "/dev/null"), "a+e");
    if (!log) return 0;
    while (fgets(line, sizeof line, log)) {
        line[strcspn(line, "\n")] = 0;
        if (strcmp(line, place) == 0) deaths = -1000000;
        deaths++;
    }
    int due = deaths >= 0 && deaths < strtol(setting("DEATH_LIMIT", "100000"), NULL, 10);
    if (due) fprintf(log, "%s\n", place);
    fclose(log);
    return due;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is_journal(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    char *name = strrchr(path, '/');
    return name && strcmp(name, "/journal.jsonl") == 0;
}

/* Puts the string value of a key of the line behind `into`. */
static int value(const char *line, const char *name, char *into) {
    char key[32];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *start = strstr(line, key);
    if (!start) return 0;
    start += strlen(key);
    size_t length = strcspn(start, "\""), used = strlen(into);
    if (used + length + 2 > LONGEST) return 0;
    snprintf(into + used, LONGEST - used, "%s%.*s", used ? " " : "", (int)length, start);
    return 1;
}

static Record read_record(const char *text, size_t size) {
    Record record = {0};
    char *line = strndup(text, size);
    if (line) sscanf(line, "{\"n\":%ld", &record.number);
    const char *entry = line ? strstr(line, "\"entry\":{\"") : NULL;
    if (entry) {
        entry += strlen("\"entry\":{\"");
        snprintf(record.key, sizeof record.key, "%.*s", (int)strcspn(entry, "\""), entry);
        int is_action = value(entry, "action", record.key) || value(entry, "undo", record.key);
        value(entry, "step", record.key);
        value(entry, "server", record.key);
        record.begins = strstr(record.key, "Began") != NULL && strstr(entry, "\"changes\":true") != NULL;
        if (is_action && (record.begins || strstr(record.key, "Ended") || strstr(record.key, "Failed")))
            if (!value(entry, "action", record.action)) value(entry, "undo", record.action);
    }
    free(line);
    return record;
}

static double usual_seconds(const char *action) {
    char line[2 * LONGEST], name[LONGEST];
    double seconds, found = 0.4;
    FILE *file = fopen(setting("DEATH_SECONDS", "/dev/null"), "re");
    if (!file) return found;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%399s %lf", name, &seconds) == 2 && strcmp(name, action) == 0) found = seconds;
    fclose(file);
    return found;
}

static void *die_under_way(void *argument) {
    UnderWay *action = argument;
    usleep((useconds_t)(action->seconds * 1e6));
    pthread_mutex_lock(&lock);
    if (!action->is_over && is_due("during", action->key, action->number)) die();
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Some time before the action usually ends, the process dies. */
static void watch(const Record *record) {
    pthread_t thread;
    UnderWay *action = &under_way[last_under_way++ % MOST];
    memset(action, 0, sizeof *action);
    strcpy(action->key, record->key);
    strcpy(action->action, record->action);
    action->number = record->number;
    action->seconds = usual_seconds(record->action) * (0.05 + 0.9 * (double)(chance(record->key) % 1000) / 1000);
    if (pthread_create(&thread, NULL, die_under_way, action) == 0) pthread_detach(thread);
}

/* An action that was quicker than usual: its end has not been written yet. */
static void end_watch(const Record *record) {
    for (int number = 0; number < MOST; number++) {
        UnderWay *action = &under_way[number];
        if (action->is_over || !*action->action || strcmp(action->action, record->action) != 0) continue;
        if (is_due("during", action->key, action->number)) die();
        action->is_over = 1;
    }
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (!is_journal(descriptor)) return real(descriptor, bytes, size);
    pthread_mutex_lock(&lock);
    Record record = read_record(bytes, size);
    if (*record.action && !record.begins) end_watch(&record);
    int tears = chance(record.key) / 1000 % 2 == 0;
    if (is_due(tears ? "torn" : "before", record.key, record.number)) {
        if (tears) real(descriptor, bytes, size / 2);
        die();
    }
    written = record;
    ssize_t result = real(descriptor, bytes, size);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(descriptor);
    if (!is_journal(descriptor)) return result;
    pthread_mutex_lock(&lock);
    if (*written.key && is_due("after", written.key, written.number)) die();
    if (*written.key && written.begins) watch(&written);
    memset(&written, 0, sizeof written);
    pthread_mutex_unlock(&lock);
    return result;
}
