// SPDX-License-Identifier: GPL-2.0
/*
 * browse URL: opens a page in a headless Chromium, and does there what the lines
 * of standard input say:
 *
 *	= EXPRESSION		print the value of a JavaScript expression as JSON
 *	key NAME		press and release Tab, Enter, Space or Escape
 *	type TEXT		type into what has the focus
 *	window WIDTHxHEIGHT	resize, in CSS pixels
 *	scheme light|dark	what the reader's system prefers
 *	shot FILE		write what is seen to a PNG file
 *
 * Fails when one of them does, and when the page has thrown an exception or
 * logged an error. Speaks the Chrome DevTools Protocol over two pipes:
 * https://chromedevtools.github.io/devtools-protocol/
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

/* For the whole visit, on a busy machine. */
#define PATIENCE_SECONDS 300

static pid_t browser;
static FILE *to_browser, *from_browser;
static const char *page_session;
static bool loaded;
static int errors;

static void __attribute__((noreturn)) give_up(int sig)
{
	static const char text[] = "browse: no answer from the browser\n";

	(void)sig;
	kill(browser, SIGKILL);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* The browser reads its orders from descriptor 3 and answers on 4. */
static void __attribute__((noreturn)) become_browser(int orders, int answers)
{
	int in = fcntl(orders, F_DUPFD, 10), out = fcntl(answers, F_DUPFD, 10);

	dup2(in, 3);
	dup2(out, 4);
	close(in);
	close(out);
	/* The page is our own, and inside a container there is no sandbox. */
	execlp("chromium-headless-shell", "chromium-headless-shell", "--remote-debugging-pipe",
	       "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
	       "--user-data-dir=profile", NULL);
	die("cannot run chromium-headless-shell: %s: scripts/setup installs it", strerror(errno));
}

static void start_browser(void)
{
	int orders[2], answers[2];

	if (pipe2(orders, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		die("no pipe: %s", strerror(errno));
	browser = fork();
	if (browser < 0)
		die("cannot fork: %s", strerror(errno));
	if (!browser) {
		/* What it says of the machine is no matter of the page. */
		if (!freopen("browser.log", "w", stderr))
			_exit(1);
		become_browser(orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	to_browser = fdopen(orders[1], "w");
	from_browser = fdopen(answers[0], "r");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, give_up);
	alarm(PATIENCE_SECONDS);
}

static void page_error(const char *kind, const json_t *what)
{
	char *text = json_dumps(what, JSON_COMPACT);

	warn("%s: %s", kind, text);
	free(text);
	errors++;
}

static void take_event(const char *method, const json_t *params)
{
	const json_t *entry = json_object_get(params, "entry");
	const char *type = json_string_value(json_object_get(params, "type")) ?: "";
	const char *level = json_string_value(json_object_get(entry, "level")) ?: "";

	if (!strcmp(method, "Page.loadEventFired"))
		loaded = true;
	else if (!strcmp(method, "Runtime.exceptionThrown"))
		page_error("exception", params);
	else if (!strcmp(method, "Runtime.consoleAPICalled") && !strcmp(type, "error"))
		page_error("console", params);
	else if (!strcmp(method, "Log.entryAdded") && !strcmp(level, "error"))
		page_error("log", entry);
}

/* The next message, which is an event, or the answer to an order. */
static json_t *receive(void)
{
	static char *line;
	static size_t room;
	json_t *message;
	const char *method;

	if (getdelim(&line, &room, '\0', from_browser) < 0)
		die("the browser has ended: see browser.log");
	message = json_loads(line, 0, NULL);
	if (!message)
		die("the browser does not speak JSON: %s", line);
	method = json_string_value(json_object_get(message, "method"));
	if (method)
		take_event(method, json_object_get(message, "params"));
	return message;
}

/* Takes @params away; the result is to be freed. */
static json_t *order(const char *method, json_t *params)
{
	static int last;
	json_t *message = json_pack("{s:i, s:s, s:o, s:s*}", "id", ++last, "method", method,
				    "params", params, "sessionId", page_session);
	json_t *result;

	json_dumpf(message, to_browser, JSON_COMPACT);
	fputc('\0', to_browser);
	fflush(to_browser);
	for (;;) {
		json_decref(message);
		message = receive();
		if (json_integer_value(json_object_get(message, "id")) == last)
			break;
	}
	result = json_incref(json_object_get(message, "result"));
	if (!result)
		die("%s: %s", method, json_dumps(json_object_get(message, "error"), JSON_COMPACT));
	json_decref(message);
	return result;
}

static void tell(const char *method, json_t *params)
{
	json_decref(order(method, params));
}

static void open_page(const char *url)
{
	json_t *target = order("Target.createTarget", json_pack("{s:s}", "url", "about:blank"));
	json_t *session = order("Target.attachToTarget",
				json_pack("{s:O, s:b}", "targetId",
					  json_object_get(target, "targetId"), "flatten", true));

	page_session = xstrdup(json_string_value(json_object_get(session, "sessionId")));
	json_decref(target);
	json_decref(session);
	tell("Runtime.enable", json_object());
	tell("Log.enable", json_object());
	tell("Page.enable", json_object());
	tell("Page.navigate", json_pack("{s:s}", "url", url));
	while (!loaded)
		json_decref(receive());
}

static void evaluate(const char *expression)
{
	json_t *result = order("Runtime.evaluate",
			       json_pack("{s:s, s:b, s:b}", "expression", expression,
					 "returnByValue", true, "awaitPromise", true));
	json_t *value = json_object_get(json_object_get(result, "result"), "value");

	if (json_object_get(result, "exceptionDetails"))
		page_error(expression, json_object_get(result, "exceptionDetails"));
	json_dumpf(value ?: json_null(), stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
	json_decref(result);
}

static void press(const char *name)
{
	static const struct {
		const char *name, *key, *text;
		int code;
	} keys[] = {
		{ "Tab", "Tab", "", 9 },
		{ "Enter", "Enter", "\r", 13 },
		{ "Escape", "Escape", "", 27 },
		{ "Space", " ", " ", 32 },
	};
	static const char *const types[] = { "keyDown", "keyUp" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].name, name))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(types); k++)
			tell("Input.dispatchKeyEvent",
			     json_pack("{s:s, s:s, s:s, s:i, s:s}", "type", types[k], "key",
				       keys[i].key, "code", name, "windowsVirtualKeyCode",
				       keys[i].code, "text", k ? "" : keys[i].text));
		return;
	}
	die("no key %s", name);
}

static void type(const char *text)
{
	tell("Input.insertText", json_pack("{s:s}", "text", text));
}

static void resize(const char *size)
{
	int width, height;

	if (sscanf(size, "%dx%d", &width, &height) != 2)
		die("window wants WIDTHxHEIGHT, not %s", size);
	tell("Emulation.setDeviceMetricsOverride",
	     json_pack("{s:i, s:i, s:i, s:b}", "width", width, "height", height,
		       "deviceScaleFactor", 1, "mobile", false));
}

static void prefer(const char *scheme)
{
	tell("Emulation.setEmulatedMedia",
	     json_pack("{s:[{s:s, s:s}]}", "features", "name", "prefers-color-scheme", "value",
		       scheme));
}

/* The six bits of a character of base64 (RFC 4648, section 4). */
static unsigned int base64_bits(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return strchr(digits, c) - digits;
}

static void shoot(const char *path)
{
	json_t *result = order("Page.captureScreenshot", json_object());
	const char *c = json_string_value(json_object_get(result, "data"));
	FILE *f = file_begin(path);
	unsigned int bits = 0, n = 0;

	for (; *c && *c != '='; c++) {
		bits = bits << 6 | base64_bits(*c);
		n += 6;
		if (n >= 8)
			fputc(bits >> (n -= 8) & 0xff, f);
	}
	file_commit(f, path);
	json_decref(result);
}

static void obey(char *line)
{
	static const struct {
		const char *word;
		void (*run)(const char *rest);
	} words[] = {
		{ "=", evaluate }, { "key", press }, { "type", type },
		{ "window", resize }, { "scheme", prefer }, { "shot", shoot },
	};
	char *rest = line;
	const char *word = strsep(&rest, " ");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(word, words[i].word) && rest) {
			words[i].run(rest);
			return;
		}
	}
	die("what is '%s'?", word);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;

	progname = "browse";
	if (argc != 2) {
		fputs("usage: browse URL <ORDERS\n", stderr);
		return 2;
	}
	start_browser();
	open_page(argv[1]);
	while (getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		obey(line);
	}
	tell("Browser.close", json_object());
	waitpid(browser, NULL, 0);
	free(line);
	return errors ? 1 : 0;
}
