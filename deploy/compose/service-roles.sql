-- Run after the migrations, which make these roles without a password. Safe to repeat.
\getenv password SERVICE_PASSWORD
alter role gateway password :'password';
alter role transcriber password :'password';
alter role scripter password :'password';
alter role generator password :'password';
alter role stitcher password :'password';
alter role publisher password :'password';
alter role projector password :'password';
