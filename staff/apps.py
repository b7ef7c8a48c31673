from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "Staff pages"

    def ready(self) -> None:
        from staff import rows

        rows.put_right()
