"""Registration: attendees, organisations, and the projects they bring."""
