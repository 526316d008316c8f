package config

// Mapping says for each field of the record from which column it comes; which fields there are depends on record.
type Mapping struct {
	TimeZone string `yaml:"time_zone" check:"timezone" doc:"The zone of the dates with an hour that name none, such as UTC; empty: the agent's. A date without an hour, or at 00:00:00, stays the day that it is."`
	Unit     *Field `yaml:"unit" doc:"A column that names the unit, for a system that serves several; empty: the source's unit."`
	// dossier
	ID               *Field `yaml:"id" record:"dossier" needed:"true" doc:"Its id (mã hồ sơ)."`
	Procedure        *Field `yaml:"procedure" record:"dossier" needed:"true" doc:"The procedure's code."`
	Channel          *Field `yaml:"channel" record:"dossier" needed:"true" allowed:"online|counter|postal" doc:"Online, counter or postal."`
	Received         *Field `yaml:"received" record:"dossier" needed:"true" holds:"date" doc:"When it was received."`
	Due              *Field `yaml:"due" record:"dossier" holds:"date" doc:"When it is due."`
	Finished         *Field `yaml:"finished" record:"dossier" holds:"date" doc:"When its processing ended."`
	Outcome          *Field `yaml:"outcome" record:"dossier" allowed:"|settled|refused|withdrawn|stopped" doc:"Settled, refused, withdrawn, stopped, or empty while open."`
	PausedFrom       *Field `yaml:"paused_from" record:"dossier" holds:"date" doc:"When a supplement was asked for."`
	PausedTo         *Field `yaml:"paused_to" record:"dossier" holds:"date" doc:"When the supplement came."`
	Pauses           *Field `yaml:"pauses" record:"dossier" holds:"date" doc:"Several pauses in one text: from..to;from..to"`
	FeeDue           *Field `yaml:"fee_due" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	PaidOnline       *Field `yaml:"paid_online" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	InputDigitised   *Field `yaml:"input_digitised" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	ResultElectronic *Field `yaml:"result_electronic" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	Deleted          *Field `yaml:"deleted" record:"dossier" allowed:"|yes|no" doc:"Yes where the system has deleted the dossier and still shows its row: it is taken out at once. For a column with the time of the deletion: values: [{pattern: '.+', to: yes}]."`
	Satisfied        *Field `yaml:"satisfied" record:"dossier" allowed:"|yes|no" doc:"Yes or no; empty where nobody rated."`
	// procedure
	Code         *Field `yaml:"code" record:"procedure" needed:"true" doc:"Its code."`
	Name         *Field `yaml:"name" record:"procedure" doc:"Its name."`
	Group        *Field `yaml:"single_window_group" record:"procedure" doc:"Its single-window group."`
	FieldOfWork  *Field `yaml:"field" record:"procedure" doc:"Its field (lĩnh vực)."`
	Level        *Field `yaml:"level" record:"procedure" allowed:"|1|2|3|4" doc:"1 to 4 (Decree 43/2011)."`
	Online       *Field `yaml:"online" record:"procedure" allowed:"|full|partial" doc:"Full or partial (Decree 42/2022)."`
	StatutoryDay *Field `yaml:"statutory_days" record:"procedure" holds:"number" doc:"Statutory time in days."`
	WorkingDays  *Field `yaml:"working_days" record:"procedure" allowed:"|yes|no" doc:"Yes where the statutory time counts working days."`
	Fee          *Field `yaml:"fee" record:"procedure" allowed:"|yes|no" doc:"Yes or no."`
	From         *Field `yaml:"in_force_from" record:"procedure" holds:"date" doc:"First day in force."`
	To           *Field `yaml:"in_force_to" record:"procedure" holds:"date" doc:"Last day in force."`
	// observation
	Measure *Field  `yaml:"measure" record:"observation" needed:"true" doc:"The measure's id."`
	Day     *Field  `yaml:"day" record:"observation" needed:"true" holds:"date" doc:"Its day."`
	Value   *Field  `yaml:"value" record:"observation" needed:"true" holds:"number" doc:"The number."`
	Totals  []Total `yaml:"totals" record:"observation" doc:"Where one row holds several totals: each of them, instead of measure and value."`
}

// Field says where one field comes from.
type Field struct {
	Column    string      `yaml:"column" doc:"The column's name, or list[].member for what the entries of a list hold (see lists)."`
	Columns   []string    `yaml:"columns" doc:"Several columns: the first that is not empty counts; with join all of them."`
	Join      string      `yaml:"join" doc:"With columns: the sign between their texts, which together are the value, as in an id of number and year. Where one is empty there is no value; of a date only the first has to be there: its hour may stand in a column of its own."`
	Extract   string      `yaml:"extract" check:"pattern" doc:"A regular expression: what its groups hold, with join or a space between them, is the value, or all that it matches where it has no group. A text that it does not match is rejected."`
	Filled    []Filled    `yaml:"filled" doc:"Instead of a column: what each of several columns means where it is not empty, such as a date of withdrawal of its own, or an x below each channel. The first that is not empty counts."`
	Optional  []string    `yaml:"optional" doc:"Which of the columns the source may lack: they are empty then. Any other that is missing fails the read."`
	Constant  string      `yaml:"constant" doc:"A value for every row. For outcome: for every row that has an end date."`
	ByOutcome []ByOutcome `yaml:"by_outcome" doc:"Only for received, due and finished: other columns for the dossiers of one outcome."`
	Layouts   []string    `yaml:"layouts" check:"layout_or_period" doc:"The layouts of a date given as text, tried in order. Without any: yyyy-MM-dd HH:mm:ss, yyyy-MM-dd, rfc3339, yyyy-MM-dd'T'HH:mm:ss."`
	Period    string      `yaml:"period" allowed:"|month|year|named" doc:"Only for the day of an observation: named reads a text that names a period or its last day, as titles and names of files do: Tháng 02 năm 2026, Quý II/2026, 6 tháng đầu năm 2026, T3.2026, 2026-03, từ ngày … đến ngày …; its last day counts. month or year: the date names a month or a year, and the last day of it counts, by periods.cut_off. Its layouts may lack what it does not name: MM/yyyy, yyyy. Without any: yyyy-MM and M/yyyy too, for a year yyyy."`
	Values    []ValueMap  `yaml:"values" doc:"What each value means; a value that is not listed is rejected."`
	Above     string      `yaml:"above" check:"number" doc:"Only for a yes-or-no field: yes where the number in the column is larger, else no."`
	Number    string      `yaml:"number" allowed:"|vi|en" doc:"How a number given as text is written: vi is 1.234,5 and en is 1,234.5; spaces may part the thousands. Without it whatever can be read in one way only is read, and 1.234 or 1,234 is rejected."`
	Percent   string      `yaml:"percent" allowed:"|fraction|number" doc:"What a number with a percent sign in a text becomes: 95 % is 0.95 as a fraction and 95 as a number. Without it such a text is rejected. A cell of Excel that shows 95 % holds 0.95."`
	Empty     []string    `yaml:"empty" doc:"Texts that mean that there is no value, besides the empty text."`
	Required  bool        `yaml:"required" doc:"A row without it is rejected; id, procedure, channel and received always are required."`
}

// Filled is what a column means by not being empty.
type Filled struct {
	Column string `yaml:"column" required:"true" doc:"The column."`
	To     string `yaml:"to" required:"true" doc:"What it means where it is not empty."`
}

// ByOutcome names the columns of a date for the dossiers of one outcome.
type ByOutcome struct {
	Outcome string   `yaml:"outcome" allowed:"|settled|refused|withdrawn|stopped" doc:"The outcome; empty: open dossiers."`
	Columns []string `yaml:"columns" required:"true" doc:"The columns: the first that is not empty counts."`
}

// ValueMap maps one value; values of data never are YAML keys.
type ValueMap struct {
	From    string `yaml:"from" empty:"true" doc:"The text in the column."`
	Pattern string `yaml:"pattern" check:"pattern" doc:"Instead of from: a regular expression that the whole text has to match, in capital or small letters, such as Trực tuyến.*; what from names comes first."`
	To      string `yaml:"to" doc:"What it means; empty for none."`
	Skip    bool   `yaml:"skip" doc:"A row with this value is no record, or none yet: it is passed over and counted as skipped."`
	Waits   bool   `yaml:"waits" doc:"Only for outcome: an open dossier with this value waits for the applicant. Where its pauses say otherwise, or those of one without it, it is taken with a warning."`
}
