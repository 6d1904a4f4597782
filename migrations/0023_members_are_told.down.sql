-- Who was told stays told.
SELECT;
