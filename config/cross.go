package config

// check holds the settings against each other.
func check(j *journal, c *Config) {
}
