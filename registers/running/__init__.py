"""Running a register: rules, organisations, applications for codes, issued codes and their history."""
