// The real requirements are in the files named after the version: see main.go.
module iamrbac.test/policy

go 1.26
