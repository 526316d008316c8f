module kpiagent

go 1.26
