-- Run by supabase/postgres when its data folder is new: the sign-in server's role gets a password.
\getenv password POSTGRES_PASSWORD
alter role supabase_auth_admin password :'password';
