package dashboards

// SiteFiles lets tests look at the files beside boards and rules without rendering those.
var SiteFiles = siteFiles
