package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones also where the system has none, as in a container without files

	"github.com/itchyny/gojq"
	"github.com/robfig/cron/v3"
)

// checks are the checks that the tag check names. Each takes a value of its key's type and returns "" or what is wrong.
var checks = map[string]func(value any) string{
	"cron":             onText(checkCron),
	"history_interval": checkHistoryInterval,
	"timezone":         onText(checkTimezone),
	"positive":         func(value any) string { return checkSign(value, false) },
	"not_negative":     func(value any) string { return checkSign(value, true) },
	"year":             checkYear,
	"identifier":       onText(checkIdentifier),
	"variable":         onText(checkVariable),
	"listen":           onText(checkListen),
	"hours":            onText(checkHours),
	"day":              onText(checkDay),
	"days":             onText(checkDays),
	"layout":           onText(checkLayout),
	"layout_or_period": onText(checkLayoutOrPeriod),
	"layout_or_number": onText(checkLayoutOrNumber),
	"separator":        onText(checkSeparator),
	"url":              onText(checkURL),
	"proxy":            onText(checkProxy),
	"hosts":            onText(checkHosts),
	"jq":               onText(checkJQ),
	"css":              onText(checkCSS),
	"metric":           onText(checkMetricName),
	"pattern":          onText(checkPattern),
	"encoding":         onText(checkEncoding),
	"prefix":           onText(checkPrefix),
	"matchers":         onText(checkMatchers),
	"grafana_uid":      onText(checkGrafanaUID),
	"rate":             checkRate,
	"number":           onText(checkNumber),
	"label":            onText(checkLabel),
	"address":          onText(checkAddress),
	"phone":            onText(checkPhone),
}

func onText(check func(string) string) func(any) string {
	return func(value any) string {
		text, _ := value.(string)
		return check(text)
	}
}

// longAgo is any moment: whether a schedule ever comes does not depend on when one asks.
var longAgo = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func checkCron(text string) string {
	const hint = "write minute, hour, day of month, month, day of week, for example */15 * * * *, or @hourly, @daily, @every 10m"
	if strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ=") {
		return "the zone of a schedule goes into time_zone; take it out of the schedule"
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		return fmt.Sprintf("%s is not a schedule; %s", quote(text), hint)
	}
	if schedule.Next(longAgo).IsZero() {
		return fmt.Sprintf("%s never comes; %s", quote(text), hint)
	}
	return ""
}

func checkTimezone(text string) string {
	if _, err := time.LoadLocation(text); err != nil || text == "Local" {
		return fmt.Sprintf("%s is not a time zone; write its name in the IANA list, for example Asia/Ho_Chi_Minh", quote(text))
	}
	return ""
}

func checkSign(value any, zeroAllowed bool) string {
	var x float64
	switch v := value.(type) {
	case time.Duration:
		x = float64(v)
	case int64:
		x = float64(v)
	case float64:
		x = v
	}
	if x > 0 || x == 0 && zeroAllowed {
		return ""
	}
	if zeroAllowed {
		return fmt.Sprintf("%v is below 0; write 0 or more", value)
	}
	if _, isDuration := value.(time.Duration); isDuration {
		return fmt.Sprintf("%v is not above 0; write for example 10m", value)
	}
	return fmt.Sprintf("%v is not above 0; write 1 or more", value)
}

func checkYear(value any) string {
	if year, _ := value.(int64); year < 2000 || year > 2100 {
		return fmt.Sprintf("%v is not a year from 2000 to 2100", value)
	}
	return ""
}

var (
	identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	variable   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func checkIdentifier(text string) string {
	if identifier.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%s cannot be a label value; write a small letter, then at most 39 small letters, digits and _", quote(text))
}

// checkVariable does not show the text: it may be the secret itself.
func checkVariable(text string) string {
	if variable.MatchString(text) {
		return ""
	}
	return "is not the name of an environment variable; write the name only, for example TAX_DSN, and set the variable to the connection string"
}

func checkListen(text string) string {
	host, port, err := net.SplitHostPort(text)
	number, numberErr := strconv.ParseUint(port, 10, 16)
	if err != nil || numberErr != nil || strings.ContainsAny(host, " /") || number == 0 && port != "0" {
		return fmt.Sprintf("%s is not an address to listen on; write host:port or :port, for example :9750 or 127.0.0.1:9750", quote(text))
	}
	return ""
}

func checkURL(text string) string {
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return quote(text) + " is not an address; write it whole, for example https://dvc.example.vn/api/ho-so"
	}
	if address.User != nil {
		return "holds a user; name the account under auth: and put the password where secret_env or secret_file says"
	}
	if address.Fragment != "" {
		return "has a part after #, which no server sees; take it out"
	}
	return ""
}

func checkProxy(text string) string {
	if text == Direct {
		return ""
	}
	return checkURL(text)
}

func checkHosts(text string) string {
	if _, err := parseHosts(text); err != nil {
		return err.Error()
	}
	return ""
}

func checkJQ(text string) string {
	const hint = "write for example .data[] or .paging.next"
	query, err := gojq.Parse(text)
	if err != nil {
		return fmt.Sprintf("%s is not jq: %v; %s", quote(text), err, hint)
	}
	if _, err := gojq.Compile(query); err != nil {
		return fmt.Sprintf("%s is not jq: %v; %s", quote(text), err, hint)
	}
	return ""
}

func checkRate(value any) string {
	if rate, ok := value.(float64); ok && rate < 0.001 {
		return "is too slow; write 0.001 or more"
	}
	return ""
}

func checkNumber(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err != nil && text != "" {
		return quote(text) + " is not a number; write it as 12.5"
	}
	return ""
}
