"""What people come for; each file is one kind of attendee."""
