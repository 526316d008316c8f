package sql

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/golang-sql/civil"
	"github.com/google/go-cmp/cmp"
	mssql "github.com/microsoft/go-mssqldb"
	oracle "github.com/sijms/go-ora/v2"
	ora "github.com/sijms/go-ora/v2/network"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
	"kpiagent/config"
	"kpiagent/config/layout"
	"kpiagent/internal/outbound"
)

// No SQL Server and no Oracle can be had for tests. What these tests show is what happens up to the server's door, and what
// becomes of values and errors that the drivers give.

func unreached(driver, address string) database {
	if driver == "oracle" {
		return database{driver: driver, dsn: "oracle://agent:" + password + "@" + address + "/d"}
	}
	return database{driver: driver, dsn: "sqlserver://agent:" + password + "@" + address + "?database=d&encrypt=disable"}
}

// answers takes connections, one after the other, and closes each after handle.
func answers(t *testing.T, handle func(net.Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handle(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

func TestAServerNobodyCanHaveIsDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	for _, driver := range []string{"sqlserver", "oracle"} {
		_, err := collect(t.Context(), t, unreached(driver, address).source(t, query, nil), collectors.Request{})
		wants(t, err, `database d on `+address+`: refuses connections: is the server running, and are host and port right\?`)
	}
}

func TestAServerThatSaysNothing(t *testing.T) {
	for _, driver := range []string{"sqlserver", "oracle"} {
		t.Run(driver, func(t *testing.T) {
			address := answers(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := collect(ctx, t, unreached(driver, address).source(t, query, nil), collectors.Request{})
			wants(t, err, `database d on `+address+`: took longer than timeout 300ms; raise the source's timeout or narrow the query`)
			if !errors.Is(err, collectors.ErrTimeout) {
				t.Error("is no ErrTimeout")
			}
			// Where the source has more time than a connection may take.
			db := sqlOpen(t, driver, address)
			defer db.Close()
			if _, err = connect(t.Context(), db, 200*time.Millisecond); !isTimeout(err) {
				t.Error(err)
			}
		})
	}
}

func TestAServerThatSpeaksAnotherLanguage(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	for _, driver := range []string{"sqlserver", "oracle"} {
		address := web.Listener.Addr().String()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := collect(ctx, t, unreached(driver, address).source(t, query, nil), collectors.Request{})
		cancel()
		if err == nil || !strings.HasPrefix(err.Error(), "cannot read: database d on "+address+": ") || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", driver, err)
		}
	}
}

// Nobody can step in between unseen: a certificate that no authority of this machine signed is not taken.
func TestCertificatesAreVerified(t *testing.T) {
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.EnableHTTP2 = false
	web.StartTLS()
	defer web.Close()
	// tds8 is how SQL Server is spoken to with encrypt=strict.
	certificate := web.TLS.Certificates[0]
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"tds/8.0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, conn); conn.Close() }()
		}
	}()
	address := listener.Addr().String()
	for driver, dsn := range map[string]string{
		"sqlserver": "sqlserver://agent:" + password + "@" + address + "?database=d&encrypt=strict",
		"oracle":    "oracle://agent:" + password + "@" + address + "/d?ssl=true",
	} {
		_, err := collect(t.Context(), t, database{driver: driver, dsn: dsn}.source(t, query, nil), collectors.Request{})
		wants(t, err, `database d on `+address+`: its certificate is not taken: .*certificate signed by unknown authority.*; name the authority's file in the connection string, or ask the server's owner for a good one`)
	}
}

func TestServersOutsideTheListAreNotConnectedTo(t *testing.T) {
	for _, driver := range []string{"sqlserver", "oracle"} {
		address := answers(t, func(net.Conn) { t.Error("was connected to") })
		d := unreached(driver, address)
		source, err := New(config.SQL{Driver: driver, Query: "select 1", DSNEnv: "DSN"}, envOf(d.dsn, outbound.New(config.Network{Allow: []string{"10.0.0.0/8"}}, nil)), vietnam)
		if err != nil {
			t.Fatal(err)
		}
		_, err = collect(t.Context(), t, source, collectors.Request{})
		wants(t, err, `database d on `+address+`: the host 127\.0\.0\.1 is not on the list network\.allow; add it there, or correct the address`)
	}
}

// packet reads one packet of SQL Server's protocol.
func packet(conn net.Conn) error {
	var header [8]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(header[2:]))-8)
	return err
}

func reply(conn net.Conn, body []byte) error {
	header := []byte{4, 1, 0, 0, 0, 0, 1, 0}
	binary.BigEndian.PutUint16(header[2:], uint16(len(body)+8))
	_, err := conn.Write(append(header, body...))
	return err
}

func ucs2(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

// A login that SQL Server refuses, byte by byte as its protocol has it.
func TestALoginThatSQLServerRefuses(t *testing.T) {
	const message = "Login failed for user 'agent'."
	asked := 0
	address := answers(t, func(conn net.Conn) {
		asked++
		prelogin := append([]byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff}, 16, 0, 0, 0, 0, 0, 2) // version 16, no encryption
		var refusal bytes.Buffer
		token := binary.LittleEndian.AppendUint32(nil, 18456)
		token = append(token, 1, 14)
		token = binary.LittleEndian.AppendUint16(token, uint16(len(message)))
		token = append(append(token, ucs2(message)...), 0, 0, 1, 0, 0, 0) // no server, no procedure, line 1
		refusal.WriteByte(0xaa)
		refusal.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(token))))
		refusal.Write(token)
		refusal.Write([]byte{0xfd, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		for _, body := range [][]byte{prelogin, refusal.Bytes()} {
			if packet(conn) != nil || reply(conn, body) != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, conn)
	})
	_, err := collect(t.Context(), t, unreached("sqlserver", address).source(t, query, nil), collectors.Request{})
	wants(t, err, `database d on `+address+`: login error: Login failed for user 'agent'\. \(error 18456\); correct user and password, or unlock the user`)
	if !errors.Is(err, collectors.ErrAuth) || asked != 1 {
		t.Errorf("an ErrAuth: %t; the password was shown %d times", errors.Is(err, collectors.ErrAuth), asked)
	}
}

// A listener of Oracle that does not know the service.
func TestAServiceThatOracleDoesNotKnow(t *testing.T) {
	const message = "(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))"
	address := answers(t, func(conn net.Conn) {
		var space [4096]byte
		if _, err := conn.Read(space[:]); err != nil {
			return
		}
		refusal := []byte{0, 0, 0, 0, 4, 0, 0, 0, 34, 0, 0, byte(len(message))}
		binary.BigEndian.PutUint16(refusal, uint16(len(refusal)+len(message)))
		_, _ = conn.Write(append(refusal, message...))
		_, _ = io.Copy(io.Discard, conn)
	})
	_, err := collect(t.Context(), t, unreached("oracle", address).source(t, query, nil), collectors.Request{})
	wants(t, err, `database d on `+address+`: ORA-12514: TNS:listener does not currently know of service requested in connect descriptor; correct the service in the connection string, or ask whether the database is open`)
}

func TestWhatTheServersSay(t *testing.T) {
	sqlServer := func(number int32, message string, before ...mssql.Error) error {
		e := mssql.Error{Number: number, Message: message}
		e.All = append(before, e)
		return fmt.Errorf("query: %w", e)
	}
	oracle := func(code int, message string) error {
		return fmt.Errorf("query: %w", &ora.OracleError{ErrCode: code, ErrMsg: message})
	}
	for _, test := range []struct {
		err  error
		want string
		kind error
	}{
		{sqlServer(18456, "Login failed for user 'a'."), "Login failed for user 'a'. (error 18456); correct user and password, or unlock the user", collectors.ErrAuth},
		{sqlServer(18486, "Login failed for user 'a' because the account is currently locked out."), "Login failed for user 'a' because the account is currently locked out. (error 18486); correct user and password, or unlock the user", collectors.ErrAuth},
		{sqlServer(18456, "Login failed for user 'a'.", mssql.Error{Number: 4060, Message: `Cannot open database "d" requested by the login.`}),
			`Cannot open database "d" requested by the login. (error 4060); correct the database in the connection string, or let the user into it`, nil},
		{sqlServer(229, "The SELECT permission was denied on the object 'ho_so'."), "The SELECT permission was denied on the object 'ho_so'. (error 229); grant the user SELECT on it", nil},
		{sqlServer(208, "Invalid object name 'ho_so'."), "Invalid object name 'ho_so'. (error 208); correct the query or ask who changed the system", nil},
		{sqlServer(1205, "was deadlocked"), "was deadlocked (error 1205); somebody else holds the rows, the next run tries again", nil},
		{oracle(1017, "ORA-01017: invalid username/password; logon denied\n"), "ORA-01017: invalid username/password; logon denied; correct user and password, unlock the user, or grant it CREATE SESSION", collectors.ErrAuth},
		{oracle(28000, "ORA-28000: The account is locked."), "ORA-28000: The account is locked; correct user and password, unlock the user, or grant it CREATE SESSION", collectors.ErrAuth},
		{oracle(28001, ""), "ORA-28001; correct user and password, unlock the user, or grant it CREATE SESSION", collectors.ErrAuth},
		{oracle(942, "ORA-00942: table or view does not exist"), "ORA-00942: table or view does not exist; correct the query, or grant the user SELECT on the table", nil},
		{oracle(904, `ORA-00904: "HEN": invalid identifier`), `ORA-00904: "HEN": invalid identifier; correct the query or ask who changed the system`, nil},
		{oracle(1456, "ORA-01456: may not perform insert, delete, update operation inside a READ ONLY transaction"), "ORA-01456: may not perform insert, delete, update operation inside a READ ONLY transaction; the agent only reads: the query must not write", nil},
		{oracle(3113, "ORA-03113: end-of-file on communication channel"), "ORA-03113: end-of-file on communication channel; the next run reads on once the server is back", nil},
	} {
		err := explain(t.Context(), test.err, 0, "", "")
		if diff := cmp.Diff("the database: "+test.want, err.Error()); diff != "" || errors.Is(err, collectors.ErrAuth) != (test.kind != nil) {
			t.Error(diff)
		}
	}
}

func TestConnectionStringsOfSQLServer(t *testing.T) {
	for _, test := range []struct {
		dsn, where                 string
		verified, intent, encrypts bool
	}{
		{"sqlserver://agent:p%40ss@db:1500?database=d", "database d on db:1500", true, true, true},
		{`sqlserver://agent:p@db/HOSO?database=d`, `database d on db\HOSO`, true, true, true},
		{"sqlserver://agent:p@db?database=d&encrypt=true&trustservercertificate=true", "database d on db:1433", false, true, true},
		{"sqlserver://agent:p@db?database=d&applicationintent=ReadWrite", "database d on db:1433", true, false, true},
		{"sqlserver://agent:p@db?database=d&encrypt=disable", "database d on db:1433", false, true, false},
		{"server=db;user id=agent;password=p;database=d;", "database d on db:1433", true, true, true},
		{"sqlserver://agent:p@db", "database on db:1433", true, false, true},
	} {
		given, err := parseSQLServer(test.dsn)
		if err != nil {
			t.Error(err)
			continue
		}
		where, passwords := describe(test.dsn, "sqlserver")
		verified := given.TLSConfig != nil && !given.TLSConfig.InsecureSkipVerify
		if where != test.where || verified != test.verified || given.ReadOnlyIntent != test.intent || (given.TLSConfig != nil) != test.encrypts || given.AppName != "kpiagent" {
			t.Errorf("%s: %s, verified %t, read only %t, encrypted %t, %s", test.dsn, where, verified, given.ReadOnlyIntent, given.TLSConfig != nil, given.AppName)
		}
		if passwords[0] != given.Password || given.Password == "" {
			t.Errorf("%s: the password is not hidden", test.dsn)
		}
	}
	for _, dsn := range []string{"db", "sqlserver://%zz", "sqlserver://u:" + password + "@h?encrypt=perhaps", "sqlserver://u:" + password + "@h:port"} {
		_, err := collect(t.Context(), t, database{driver: "sqlserver", dsn: dsn}.source(t, query, nil), collectors.Request{})
		wants(t, err, `the connection string cannot be read; write it as sqlserver://user:password@host:1433\?database=name \(its content is not shown\)`)
	}
}

func TestConnectionStringsOfOracle(t *testing.T) {
	given, err := parseOracle("oracle://agent:p%40ss@db:1522/HOSO?trace file=/tmp/x&trace dir=/tmp/y&ssl=true")
	if err != nil {
		t.Fatal(err)
	}
	if given.TraceFilePath+given.TraceDir != "" || !given.SSL || !given.SSLVerify || given.ProgramName != "kpiagent" {
		t.Errorf("trace %q %q, ssl %t, verified %t", given.TraceFilePath, given.TraceDir, given.SSL, given.SSLVerify)
	}
	if where, passwords := describe("oracle://agent:p%40ss@db:1522/HOSO", "oracle"); where != "database HOSO on db:1522" || passwords[0] != "p@ss" {
		t.Error(where, passwords)
	}
	for _, dsn := range []string{"db", "agent/" + password + "@db:1521/HOSO", "oracle://agent:" + password + "@db/HOSO", "oracle://agent:" + password + "@db:1521/HOSO?unknown=1"} {
		_, err := collect(t.Context(), t, database{driver: "oracle", dsn: dsn}.source(t, query, nil), collectors.Request{})
		wants(t, err, `the connection string cannot be read; write it as oracle://user:password@host:1521/service \(its content is not shown\)`)
	}
}

// :since in the type that compares as the change column does.
func TestSinceOfServersThatMindTypes(t *testing.T) {
	change := &config.Incremental{Column: "sua", Type: "time", Overlap: time.Minute}
	session := time.FixedZone("", 7*3600)
	moment := func(zoned bool) cursor.Cursor {
		return cursor.Cursor{Set: true, Moment: layout.MomentOf(time.Date(2026, 3, 2, 10, 1, 0, 250_000_000, vietnam), zoned)}
	}
	face := time.Date(2026, 3, 2, 10, 0, 0, 250_000_000, vietnam)
	for _, test := range []struct {
		driver string
		from   cursor.Cursor
		want   any
	}{
		{"sqlserver", cursor.Cursor{}, civil.DateTime{Date: civil.Date{Year: 1753, Month: 1, Day: 2}}},
		{"sqlserver", moment(false), civil.DateTimeOf(face)},
		{"sqlserver", moment(true), face},
		{"oracle", cursor.Cursor{}, oracle.TimeStamp(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))},
		{"oracle", moment(false), oracle.TimeStamp(face)},
		{"oracle", moment(true), oracle.TimeStamp(face.In(session))},
	} {
		b := bounds{config: change, driver: test.driver, location: vietnam, session: session}
		got, want := fmt.Sprint(b.of(test.from)), fmt.Sprint(test.want)
		if stamp, is := b.of(test.from).(oracle.TimeStamp); is {
			got, want = fmt.Sprint(time.Time(stamp).Format(time.RFC3339Nano)), time.Time(test.want.(oracle.TimeStamp)).Format(time.RFC3339Nano)
		} else if instant, is := b.of(test.from).(time.Time); is && !instant.Equal(face) {
			t.Error(instant)
		} else if is {
			continue
		}
		if got != want {
			t.Errorf("%s %+v: got %s, want %s", test.driver, test.from, got, want)
		}
	}
	number := bounds{config: &config.Incremental{Column: "rv", Type: "number", Back: 10}, driver: "sqlserver"}
	if got := number.of(cursor.Cursor{Set: true, Number: 2001}); got != int64(1991) {
		t.Error(got)
	}
}

// What the drivers give for each type becomes what the mapping takes.
func TestValuesOfServersNobodyCanHave(t *testing.T) {
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	elsewhere := time.Date(2026, 3, 2, 10, 0, 0, 250_000_000, time.FixedZone("", 2*3600))
	for _, test := range []struct {
		driver, kind string
		given        any
		want         string
	}{
		{"sqlserver", "INT", int64(-3), "int -3"},
		{"sqlserver", "BIT", true, "bool 1"},
		{"sqlserver", "FLOAT", 2.25, "float 2.25"},
		{"sqlserver", "DECIMAL", []byte("123456789.10"), "text 123456789.10 plain"},
		{"sqlserver", "MONEY", []byte("12.5000"), "text 12.5000 plain"},
		{"sqlserver", "NVARCHAR", "chữ", "text chữ"},
		{"sqlserver", "DATE", midnight, "time 2026-03-02 00:00:00"},
		{"sqlserver", "DATETIME2", midnight.Add(10 * time.Hour), "time 2026-03-02 10:00:00"},
		{"sqlserver", "DATETIMEOFFSET", elsewhere, "time zoned 2026-03-02 10:00:00.25+02:00"},
		{"sqlserver", "DATETIMEOFFSET", midnight, "time zoned 2026-03-02 00:00:00Z"},
		{"sqlserver", "TIME", time.Date(1, 1, 1, 8, 30, 0, 0, time.UTC), "text 08:30:00"},
		{"sqlserver", "UNIQUEIDENTIFIER", []byte{0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}, "text 00112233-4455-6677-8899-AABBCCDDEEFF"},
		{"sqlserver", "VARBINARY", []byte{0, 0xff}, "text 00FF"},
		{"sqlserver", "NVARCHAR", nil, "null"},
		{"oracle", "NUMBER", "2", "int 2"},
		{"oracle", "NUMBER", "2.50", "text 2.50 plain"},
		{"oracle", "NUMBER", "12345678901234567890", "text 12345678901234567890 plain"},
		{"oracle", "DATE", elsewhere, "time 2026-03-02 10:00:00.25"}, // the driver gives it the server's zone
		{"oracle", "TimeStampDTY", midnight, "time 2026-03-02 00:00:00"},
		{"oracle", "TimeStampTZ_DTY", elsewhere, "time zoned 2026-03-02 10:00:00.25+02:00"},
		{"oracle", "TimeStampLTZ_DTY", midnight, "time zoned 2026-03-02 00:00:00Z"},
		{"oracle", "NCHAR", "chữ", "text chữ"},
		{"oracle", "OCIClobLocator", "[{}]", "text [{}]"},
		{"oracle", "OCIClobLocator", strings.Repeat("x", longestText+1), "broken a text of 4194305 bytes, and at most 4194304 are read"},
		{"oracle", "RAW", []byte{0xab}, "text AB"},
		{"oracle", "IBDouble", 0.5, "float 0.5"},
	} {
		kind := kindOfSQLServer
		if test.driver == "oracle" {
			kind = kindOfOracle
		}
		cell := standardCell{kind: kind(test.kind), location: vietnam}
		if err := cell.Scan(test.given); err != nil {
			t.Error(err)
		}
		v := &cell.value
		names := []string{"null", "text", "int", "float", "bool", "time", "broken"}
		got := names[v.Kind]
		if v.Zoned {
			got += " zoned"
		}
		if text := v.String(); v.Kind == collectors.Bool {
			got += fmt.Sprint(" ", v.Int)
		} else if text != "" {
			got += " " + text
		}
		if v.Plain {
			got += " plain"
		}
		if got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.driver, test.kind, got, test.want)
		}
	}
}

// sqlOpen opens what the collector opens, without connecting.
func sqlOpen(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	dsn := unreached(driver, address).dsn
	if driver == "oracle" {
		given, err := parseOracle(dsn)
		if err != nil {
			t.Fatal(err)
		}
		return sql.OpenDB(connectorOfOracle(given, &dialled{rules: outbound.Open()}))
	}
	given, err := parseSQLServer(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(connectorOfSQLServer(given, &dialled{rules: outbound.Open(), host: given.Host}))
}
