// SPDX-License-Identifier: GPL-2.0
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code.h"
#include "unit.h"
#include "util.h"

static bool exists(const char *root, const char *folder, const char *pattern)
{
	char *path = xasprintf("%s/%s/%s", root, folder, pattern);
	glob_t files;
	bool found = !glob(path, GLOB_NOSORT, NULL, &files);

	if (found)
		globfree(&files);
	free(path);
	return found;
}

/* A folder that is configured, and whose folders are configured on their own. */
static bool is_subsystem(const char *root, const char *folder)
{
	return exists(root, folder, "Kconfig") && exists(root, folder, "*/Kconfig");
}

/* Cuts the last component off; false: there was but one. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	return slash;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "drm/gem-shmem" of drm and drm_gem_shmem_helper.c */
static const char *prefix_of(const char *subsystem, const char *unit)
{
	const char *name = last_component(unit), *interned;
	size_t len = strlen(subsystem);
	char *text, *end;

	if (len && !strncmp(name, subsystem, len) && name[len] == '_')
		name += len + 1;
	text = xasprintf("%s%s%s", subsystem, len ? "/" : "", name);
	end = strstr(text, ".c");
	if (end)
		*end = '\0';
	end = strstr(text, "_helper");
	if (end)
		*end = '\0';
	for (end = text; (end = strchr(end, '_')); )
		*end = '-';
	interned = intern(text);
	free(text);
	return interned;
}

struct unit unit_of(const char *root, const char *path)
{
	char *folder = xstrdup(path), *subsystem = xstrdup(path);
	struct unit unit = { NULL };

	while (go_up(folder) && !exists(root, folder, "Kconfig"))
		;
	if (!exists(root, folder, "Kconfig")) {
		free(folder);
		folder = xstrdup(path);
		go_up(folder);
	}
	unit.helper = is_subsystem(root, folder);
	if (unit.helper) {
		const char *below = path + strlen(folder) + 1;

		unit.path = intern_n(path, below + strcspn(below, "/") - path);
	} else {
		unit.path = intern(folder);
	}
	while (go_up(subsystem) &&
	       (!strcmp(subsystem, unit.path) || !is_subsystem(root, subsystem)))
		;
	unit.prefix = prefix_of(strchr(subsystem, '/') ? last_component(subsystem) : "",
				unit.path);
	free(folder);
	free(subsystem);
	return unit;
}
